"""Made tables of a study of estimators, in the documented columns."""

import numpy as np
import pandas as pd

from sensitivity_fixtures import write_sensitivity


def scale_names(spec, types):
    sigmas = [f"sigma[{t}]" for t in types] if spec.by_school_type else ["sigma"]
    return [*spec.scales, *sigmas]


def made_study(specs, counts):
    """Tables by name; `counts` has the participants of each school type."""
    models = list(specs)
    sizes = np.array([30, 100, 300, 430])
    value = np.linspace(20.0, 26.0, 21)
    steps = np.linspace(-3, 3, 21)
    curve = {"log_likelihood": -0.51 * steps**2, "likelihood": np.exp(-0.51 * steps**2)}
    curve |= {"gaussian": -0.5 * steps**2, "cross_entropy": 0.001 * steps**2}
    curves = [
        pd.DataFrame({"parameter": p, "value": at, **curve})
        for p, at in (("slope", value), ("sigma", 3 * value))
    ]
    draws = pd.DataFrame({"n": np.repeat(sizes, 20), "draw": np.tile(np.arange(1, 21), 4)})
    spread = np.linspace(-1, 1, 20)
    moved = np.tile(spread, 4) * 40 / np.sqrt(draws["n"])
    draws = draws.assign(
        mean_score=500 + moved,
        mle=23 + moved,
        map=22.9 + moved,
        laplace_sd=1.0,
        posterior_mean=22.9 + moved,
        posterior_sd=1.1,
        posterior_below=0.4,
    )
    return {
        "likelihood": pd.concat(curves),
        "least_squares": _least_squares(),
        "cross_entropy": _cross_entropy(models),
        "prior_weight": _prior_weight(),
        "ridge": _ridge(),
        "parameterisation": _parameterisation(specs, counts),
        "subsamples": draws,
        "sample_size": _sample_size(sizes),
        "chebyshev": _chebyshev(sizes),
        "scales": _scales(specs),
        "disagreement": _disagreement(specs, counts),
        "school_shrinkage": _school_shrinkage(specs, counts),
    }


def write_study(folder, specs, counts):
    (folder / "estimation").mkdir(parents=True)
    for name, table in made_study(specs, counts).items():
        table.to_csv(folder / "estimation" / f"{name}.csv", index=False)
    write_sensitivity(folder, counts)


def _least_squares():
    values = [521.123456, 23.197355, 69.102156]
    names = ["intercept", "slope", "sigma"]
    return pd.DataFrame(
        {"parameter": names, "least_squares": values, "mle": values, "standard_error": 1.0}
    )


def _cross_entropy(models):
    rows = [
        (model, estimator, sample, 427, 5.6 - 0.01 * i, 0.01, 65.4 - i, above * (i + 1), 0.5)
        for i, model in enumerate(models)
        for estimator, shift in (("mle", 1.23), ("map", 0.77), ("posterior", 0.0))
        for sample, above in (("in", shift - 4.5), ("out", shift))
    ]
    columns = ["model", "estimator", "sample", "participants", "cross_entropy", "se"]
    columns += ["equivalent_sd", "above_posterior", "above_posterior_se"]
    return pd.DataFrame(rows, columns=columns)


def _prior_weight():
    rows = [
        (w, p, at - 0.01 * w, at, -0.02 * w)
        for w in (0.0, 0.01, 0.1, 1.0, 10.0)
        for p, at in (("intercept", 521.0), ("slope", 23.2), ("sigma", 69.1))
    ]
    columns = ["prior_weight", "parameter", "map", "mle", "map_minus_mle_in_se"]
    return pd.DataFrame(rows, columns=columns)


def _ridge():
    width = np.array([0.1, 0.3, 1.0, 3.0, 10.0, 50.0, 100.0])
    penalty = 4775.0 / width**2
    slope = 23.2 * 8600 / (8600 + penalty)
    columns = {"prior_sd": width, "ridge_lambda": penalty, "map": slope, "ridge": slope}
    return pd.DataFrame(columns).assign(mle=23.2, configured=width == 50.0)


def _behind(name, counts):
    return counts.get(name.partition("[")[2].removesuffix("]"))


def _parameterisation(specs, counts):
    rows = [
        (model, name, _behind(name, counts), 60.0 - i, 61.5 - i, 63.0, 4.0, 0.375, None, None)
        for model, spec in specs.items()
        for i, name in enumerate(scale_names(spec, counts))
    ]
    columns = ["model", "parameter", "n", "map", "map_of_log", "posterior_mean"]
    columns += ["posterior_sd", "shift_in_sd", "mean_over_scale", "mean_over_log"]
    table = pd.DataFrame(rows, columns=columns)
    pooled = (table["model"] == "pooled") & (table["parameter"] == "sigma")
    means = ["mean_over_scale", "mean_over_log"]
    return table.assign(**{c: np.where(pooled, 69.134181, np.nan) for c in means})


def _sample_size(sizes):
    sd = 52.0 / np.sqrt(sizes)
    return pd.DataFrame({"n": sizes, "draws": 20, "slope": 23.2}).assign(
        mle_mean=23.1, mle_sd=1.1 * sd, map_mean=23.0, posterior_sd=sd, laplace_sd=0.97 * sd,
        map_to_mle_in_sd=0.5 / np.sqrt(sizes), prior_share=sd**2 / 2500, coverage_posterior=0.89,
        coverage_laplace=0.8812, coverage_chebyshev=0.995,
    )  # fmt: skip


def _chebyshev(sizes):
    bound = np.minimum(1.0, 100 / sizes)
    table = pd.DataFrame({"n": sizes, "draws": 20, "mean": 501.0, "sd": 76.1, "distance": 7.61})
    return table.assign(far=[12, 6, 1, 0], tail=[0.6, 0.3, 0.05, 0.0], bound=bound, gaussian=0.07)


def _scales(specs):
    rows = [
        (model, scale, 4, 3.998, 0.001, 40.1, 38.2, 51.3, 20.0, 25.0, 90.0)
        for model, spec in specs.items()
        for scale in spec.scales
    ]
    columns = ["model", "parameter", "effects", "joint_growth", "marginal_growth", "mle", "map"]
    columns += ["posterior_mean", "posterior_sd", "interval_low", "interval_high"]
    return pd.DataFrame(rows, columns=columns)


def _disagreement(specs, counts):
    names = [(m, name) for m, spec in specs.items() for name in reversed(scale_names(spec, counts))]
    rows = [
        (i + 1, model, name, _behind(name, counts), 1.0, 0.0, 5.1, 6.0, -0.9 / (i + 1))
        for i, (model, name) in enumerate(names)
    ]
    columns = ["rank", "model", "parameter", "n", "mle", "map", "posterior_mean"]
    return pd.DataFrame(rows, columns=[*columns, "posterior_sd", "map_minus_mean_in_sd"])


def _school_shrinkage(specs, counts):
    rows = [
        (model, school_type, n, 30.0 - n, 0.5, 14.0 - n / 2, 15.0 - n / 2, 9.0)
        for model, spec in specs.items()
        if "school" in spec.levels
        for school_type in counts
        for n in (12, 40)
    ]
    columns = ["model", "school_type", "n", "mean_residual", "weight"]
    return pd.DataFrame(rows, columns=[*columns, "effect_map", "effect_mean", "effect_sd"])
