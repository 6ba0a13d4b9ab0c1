"""What the study of estimators found: one message a finding, its numbers from the tables."""

from collections.abc import Iterator

from enem.language import named
from enem.language.parameters import parameter_label
from enem.language.phrases import COUNT, PERCENT, POINTS, SHARE, Message, Number, complete, message
from enem.report.artefacts import OutcomeArtefacts
from enem.report.groups import Groups
from enem.report.sections.estimates.maximum import textbook_regression
from enem.report.tables import Document, Table

PLACES = "0.000000"
NATS = "0.0000"
SMALL = "0.###"


TABLE_OF = {
    "likelihood": "least_squares",
    "cross_entropy": "cross_entropy",
    "prior": "prior_weight",
    "parameterisation": "parameterisation",
    "size": "sample_size",
    "chebyshev": "chebyshev",
    "scales": "scales",
    "shrinkage": "school_shrinkage",
    "disagreement": "disagreement",
}
"""The table that a topic cannot do without."""


def findings(
    outcome: OutcomeArtefacts, groups: Groups, settings: Document
) -> dict[str, list[Message]]:
    """Say what each topic's tables show, by the topic's name.

    Parameters
    ----------
    outcome
        Its tables.
    groups
        Parameters of groups that are too small are not named.
    settings
        For the probability of intervals.
    """
    mass = settings.number("interval.mass", PERCENT)
    topics = {
        "likelihood": _likelihood(outcome),
        "cross_entropy": _cross_entropy(outcome),
        "prior": _prior(outcome),
        "parameterisation": _parameterisation(outcome, groups),
        "size": _size(outcome),
        "chebyshev": _chebyshev(outcome, mass),
        "scales": _scales(outcome, mass),
        "shrinkage": _shrinkage(outcome),
        "disagreement": _disagreement(outcome, groups),
    }
    read = {name: found for name, found in topics.items() if TABLE_OF[name] in outcome.study}
    return {name: complete(said) for name, said in read.items()}


def _likelihood(outcome: OutcomeArtefacts) -> Iterator[Message]:
    table = outcome.study["least_squares"]
    numbers = {
        f"{column}_{name}": table.number(column, PLACES, parameter=name)
        for column in ("least_squares", "mle")
        for name in ("slope", "sigma")
    }
    yield message(
        "Least squares on the {participants} participants gives a slope of "
        "{least_squares_slope} and a root mean square error of {least_squares_sigma}. "
        "Newton’s method on the likelihood of the model with one line gives {mle_slope} "
        "and {mle_sigma}: the same point.",
        participants=outcome.cells.total("n"),
        **numbers,
    )


def _cross_entropy(outcome: OutcomeArtefacts) -> Iterator[Message]:
    table = outcome.study["cross_entropy"]
    predicted = table.having(estimator="posterior", sample="out")
    known = [row for row in predicted if row["cross_entropy"] is not None]
    if not known:
        return
    best = min(known, key=lambda row: row["cross_entropy"])["model"]
    posterior = {"estimator": "posterior", "sample": "out", "model": best}
    model = named("model", best)
    yield message(
        "Out of sample the model “{model}” describes the scores best: {nats} nats per "
        "participant, the entropy of a Gaussian with a standard deviation of {sd} points.",
        model=model,
        nats=table.number("cross_entropy", NATS, **posterior),
        sd=table.number("equivalent_sd", POINTS, **posterior),
    )
    numbers = {
        f"{estimator}_{sample}": table.number(
            "above_posterior", POINTS, model=best, estimator=estimator, sample=sample
        )
        for estimator in ("mle", "map")
        for sample in ("in", "out")
    }
    yield message(
        "The next numbers are sums over participants in that model, relative to the posterior"
        " predictive out of sample; less is better. The MLE stands at {mle_in} nats in sample"
        " and {mle_out} with each participant left out, the MAP at {map_in} and {map_out}. "
        "The distance between in and out is the optimism of judging an estimate by its own "
        "data.",
        model=model,
        **numbers,
    )


def _prior(outcome: OutcomeArtefacts) -> Iterator[Message]:
    weights, ridge = outcome.study["prior_weight"], outcome.study["ridge"]
    if not weights.rows:
        return
    flat, used = ({"prior_weight": w, "parameter": "slope"} for w in (0.0, 1.0))
    yield message(
        "With flat priors the MAP of the slope is {flat} and the MLE {mle}. With the "
        "priors used it is {used}, a difference of {distance} standard errors.",
        flat=weights.number("map", PLACES, **flat),
        mle=weights.number("mle", PLACES, **flat),
        used=weights.number("map", PLACES, **used),
        distance=weights.number("map_minus_mle_in_se", NATS, **used),
    )
    columns = {"sd": "prior_sd", "penalty": "ridge_lambda", "map": "map", "ridge": "ridge"}
    patterns = {"sd": SMALL, "penalty": SMALL, "map": PLACES, "ridge": PLACES}
    numbers = {k: ridge.number(c, patterns[k], configured=True) for k, c in columns.items()}
    yield message(
        "With the slope’s prior of standard deviation {sd} and σ at its MLE, λ = {penalty}. "
        "The mode found by Newton’s method is {map}; ridge regression in closed form gives "
        "{ridge}.",
        **numbers,
    )


def _parameterisation(outcome: OutcomeArtefacts, groups: Groups) -> Iterator[Message]:
    table = outcome.study["parameterisation"]
    textbook = textbook_regression(outcome)
    pooled = {"model": textbook and textbook.name, "parameter": "sigma"}
    if table.having(**pooled):
        columns = ("map", "map_of_log", "mean_over_scale", "mean_over_log")
        numbers = {c: table.number(c, NATS, **pooled) for c in columns}
        yield message(
            "In the model with one line the mode of σ is {map}; the mode of log σ, converted "
            "to the scale of σ, is {map_of_log}. The posterior mean is {mean_over_scale} "
            "integrated over σ and {mean_over_log} integrated over log σ.",
            **numbers,
        )
    shown = [
        row
        for row in table.rows
        if row["shift_in_sd"] is not None
        and groups.hidden_parameter(outcome.model(row["model"]), row["parameter"]) is None
    ]
    if shown:
        row = max(shown, key=lambda row: abs(row["shift_in_sd"]))
        numbers = _of(table, row, map=POINTS, map_of_log=POINTS, shift_in_sd=SHARE)
        yield message(
            "The mode that moves most is that of “{parameter}” in the model “{model}”. It "
            "goes from {map} to {map_of_log}, by {shift_in_sd} posterior standard deviations.",
            **_whose(row),
            **numbers,
        )


def _size(outcome: OutcomeArtefacts) -> Iterator[Message]:
    table = outcome.study["sample_size"]
    sizes = table.column("n")
    numbers = {
        f"{name}_{which}": table.number(column, pattern, n=size)
        for which, size in (("few", sizes[0]), ("all", sizes[-1]))
        for name, column, pattern in (
            ("n", "n", COUNT),
            ("distance", "map_to_mle_in_sd", NATS),
            ("spread", "mle_sd", SHARE),
            ("sd", "posterior_sd", SHARE),
            ("laplace", "laplace_sd", SHARE),
        )
    }
    yield message(
        "With {n_few} participants the MAP of the slope lies {distance_few} posterior "
        "standard deviations from the MLE (median); with {n_all}, {distance_all}. The "
        "spread of the MLE falls from {spread_few} to {spread_all} points, the "
        "posterior’s standard deviation from {sd_few} to {sd_all}, and that of the normal"
        " approximation from {laplace_few} to {laplace_all}.",
        **numbers,
    )


def _chebyshev(outcome: OutcomeArtefacts, mass: Number) -> Iterator[Message]:
    tails, sizes = outcome.study["chebyshev"], outcome.study["sample_size"]
    # the first size at which the bound says anything
    size = next((row["n"] for row in tails.rows if row["bound"] < 1), tails.rows[-1]["n"])
    shares = ("tail", "bound", "gaussian")
    yield message(
        "Of samples of {n} participants, {tail} have a mean that is off the mean of all "
        "by {distance} points or more. Chebyshev’s inequality allows {bound}; the central"
        " limit theorem expects {gaussian}.",
        n=tails.number("n", COUNT, n=size),
        distance=tails.number("distance", POINTS, n=size),
        **{column: tails.number(column, "0.0%", n=size) for column in shares},
    )
    coverages = ("chebyshev", "posterior", "laplace")
    yield message(
        "At that size ({n}), it is counted how often nominal intervals of {mass} hold the "
        "slope of all participants. By Chebyshev’s inequality they do in {chebyshev} of "
        "samples, by the posterior in {posterior} and by the normal approximation in "
        "{laplace}.",
        n=sizes.number("n", COUNT, n=size),
        mass=mass,
        **{name: sizes.number(f"coverage_{name}", "0.0%", n=size) for name in coverages},
    )


def _scales(outcome: OutcomeArtefacts, mass: Number) -> Iterator[Message]:
    table = outcome.study["scales"]
    known = [row for row in table.rows if row["map"] is not None]
    if not known:
        return
    row = max(known, key=lambda row: row["effects"])
    growth = {"effects": COUNT, "joint_growth": SHARE, "marginal_growth": SHARE}
    yield message(
        "Effects that “{parameter}” governs in the model “{model}”: {effects}. Near 0, each "
        "fall of τ by a factor <i>e</i> gains {joint_growth} nats of joint log density and "
        "{marginal_growth} of marginal.",
        **_whose(row),
        **_of(table, row, **growth),
    )
    columns = ("map", "posterior_mean", "interval_low", "interval_high")
    numbers = _of(table, row, **dict.fromkeys(columns, POINTS))
    yield message(
        "Its marginal mode is {map}. The posterior mean is {posterior_mean}, with a "
        "{mass} credible interval of {interval_low} to {interval_high}.",
        mass=mass,
        **numbers,
    )


def _shrinkage(outcome: OutcomeArtefacts) -> Iterator[Message]:
    """Set the smallest school that may be shown beside the largest."""
    table, model = outcome.study["school_shrinkage"], outcome.main.name
    rows = [row for row in table.having(model=model) if row["weight"] is not None]
    if not rows:
        return
    numbers = {}
    for which, of in (("few", min), ("many", max)):
        row = of(rows, key=lambda row: row["n"])
        where = ";".join(f"{name}={row[name]}" for name in ("model", "school_type", "n"))
        # schools of one type and size share a weight
        numbers[f"n_{which}"] = Number(row["n"], f"{table.name}:{where}:n", COUNT)
        numbers[f"weight_{which}"] = Number(row["weight"], f"{table.name}:{where}:weight", PERCENT)
    yield message(
        "Take the model “{model}” with its scales at the MAP. The share of a school’s "
        "distance taken as its own is {weight_few} at <i>n</i> = {n_few} and {weight_many} at"
        " <i>n</i> = {n_many}.",
        model=named("model", model),
        **numbers,
    )


def _disagreement(outcome: OutcomeArtefacts, groups: Groups) -> Iterator[Message]:
    table = outcome.study["disagreement"]
    for row in sorted(table.rows, key=lambda row: row["rank"]):
        if groups.hidden_parameter(outcome.model(row["model"]), row["parameter"]) is None:
            numbers = _of(table, row, map=POINTS, posterior_mean=POINTS, map_minus_mean_in_sd=SHARE)
            yield message(
                "MAP and posterior mean part most for “{parameter}” in the model “{model}” "
                "(small groups left out). The MAP is {map} and the mean {posterior_mean}: "
                "{map_minus_mean_in_sd} posterior standard deviations.",
                **_whose(row),
                **numbers,
            )
            return


def _whose(row: dict) -> dict:
    return {
        "parameter": parameter_label(row["parameter"]),
        "model": named("model", row["model"]),
    }


def _of(table: Table, row: dict, **patterns: str) -> dict[str, Number | None]:
    """Numbers of the row's columns, by the names of the columns."""
    where = {"model": row["model"], "parameter": row["parameter"]}
    return {column: table.number(column, p, **where) for column, p in patterns.items()}
