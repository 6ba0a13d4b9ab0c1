"""Made artefacts of one analysis, and the page that they give."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
import yaml

from enem.figures.names import figure_names
from enem.fit.posterior import write_posterior
from enem.report.page import build_report
from study_fixtures import write_study

REPOSITORY = Path(__file__).resolve().parents[1]
MODELS = ["pooled", "school_type"]
COUNTS = {"federal": 40, "estadual": 300, "municipal": 30, "privada": 60}
MAXIMUM = {
    "case": "found",
    "problem": "",
    "on_boundary": ["tau_slope", "tau_intercept"],
    "left_out": ["federal"],
}
INCOME = {
    "case": "moved",
    "assumption": "no income taken as 0.125 minimum wages",
    "before": 23.19,
    "after": 20.85,
}
SVG = """<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"
 "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9pt"
 viewBox="0 0 9 9"><metadata><a href="http://example.org/"/></metadata>
<defs><style>*{stroke-linejoin: round}</style><clipPath id="clip"><rect width="9"/></clipPath>
<path id="mark" d="M 1.23456 2.5"/><pattern id="hatch"><path d="M 0 9 L 9 0"/></pattern></defs>
<path d="M 0 0 L 9 9" style="fill: url(#hatch)"/>
<g clip-path="url(#clip)" onclick="alert(1)"><use xlink:href="#mark"/><text>A &lt; B</text></g>
</svg>
"""


def made_settings(models=MODELS, **changes):
    settings = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    settings |= {"editions": ["2019"], "states": ["AC"], "outcomes": ["mean"]}
    return settings | {"models": list(models), "sources": {"2019": "x"}} | changes


def made_cells(counts):
    rows = [
        (group, bracket, n // 2, 500.125, 9.0)
        for group, n in counts.items()
        for bracket in ("A", "B")
    ]
    return pd.DataFrame(rows, columns=["school_type", "income_bracket", "n", "mean", "ss"])


def made_parameters(model, counts):
    names = ["intercept", "slope"]
    if model == "pooled":
        return [*names, "sigma"]
    groups = [f"{kind}[{group}]" for kind in (*names, "sigma") for group in counts]
    return [*names, "tau_intercept", "tau_slope", *groups]


def interval(mean, half):
    return {
        "mean": mean,
        "sd": half / 1.645,
        "interval_low": mean - half,
        "interval_high": mean + half,
    }


def made_effects(model, counts):
    row = {"contrast": "c", "unit": "points", "definition": "d"}
    if model == "pooled":
        slope = interval(23.19479, 1.5)
        return pd.DataFrame([{"effect": "income_doubling", "group": "all", **row, **slope}])
    rows = [
        {"effect": "income_doubling", "group": group, **row, **interval(14.92372 + i, 2)}
        for i, (group, n) in enumerate(counts.items())
        if n > 0
    ]
    if counts.get("privada"):
        for effect, numbers in (
            ("raw_gap", interval(116.29545, 7)),
            ("gap_at_equal_income", interval(80.44014, 7)),
            ("gap_explained_by_income", interval(0.30867, 0.03)),
            ("gap_explained_by_income_of_public", interval(0.20867, 0.03)),
        ):
            rows.append({"effect": effect, "group": "all", **row, **numbers})
    return pd.DataFrame(rows)


def write_model(folder, model, counts):
    folder.mkdir(parents=True)
    names = made_parameters(model, counts)
    behind = {name: counts[name.partition("[")[2][:-1]] for name in names if "[" in name}
    summary = [
        {"parameter": p, **interval(100.37 + i, 5.5), "n": behind.get(p)}
        for i, p in enumerate(names)
    ]
    pd.DataFrame(summary).to_csv(folder / "summary.csv", index=False)
    columns = ["mle", "map", "laplace_sd", "posterior_mean", "posterior_sd", "map_minus_mean_in_sd"]
    estimates = pd.DataFrame(
        [[99.11 + i, 98.22 + i, 4.33, 100.37 + i, 3.34, -0.0012] for i in range(len(names))],
        columns=columns,
    )
    estimates.insert(0, "parameter", names)
    estimates.loc[0, "laplace_sd"] = None
    estimates.to_csv(folder / "estimates.csv", index=False)
    made_effects(model, counts).to_csv(folder / "effects.csv", index=False)
    observed = [
        {"group": group, "statistic": statistic, "observed": value if n else None}
        for i, (group, n) in enumerate({**counts, "all": sum(counts.values())}.items())
        for statistic, value in (("mean", 612.34 + i), ("sd", 71.23 + i))
    ]
    pd.DataFrame(observed).to_csv(folder / "predictive.csv", index=False)
    record = {"passed": True, "checks": made_checks()}
    (folder / "checks.json").write_text(json.dumps(record))
    provenance = {"data_sha256": "d" * 64, "config_sha256": "c" * 64}
    provenance |= {"sampler": {"seed": 1}, "versions": {"pymc": "6.4.0"}}
    write_posterior(made_posterior(model, counts), folder / "posterior.nc", provenance)
    if model != "pooled":
        made_profile().to_csv(folder / "tau_profile.csv", index=False)


def made_checks():
    checks = [
        ("r_hat", True, 1.00377, 1.01, {"case": "worst", "parameter": "slope[privada]"}),
        ("prior_predictive", True, 0.9973, 0.9, {"case": "share", "low": 0.0, "high": 1000.0}),
        ("optimum_mle", None, 1.3e-13, None, MAXIMUM),
        ("income_sensitivity", True, 2.34, 5, INCOME),
        ("something_new", None, 7.0, None, {}),
    ]
    keys = ("name", "passed", "value", "threshold", "details")
    message = "What the <b>program</b> says."
    return [dict(zip(keys, check, strict=True), message=message) for check in checks]


def made_posterior(model, counts):
    rng = np.random.default_rng(2019)
    groups = list(counts) if model != "pooled" else []
    shape = (4, 50, len(groups)) if groups else (4, 50)
    suffix = "_school_type" if groups else ""
    centre = {"intercept": (520.0, 6.0), "slope": (16.0, 1.5)}
    draws = {name + suffix: rng.normal(*at, shape) for name, at in centre.items()}
    draws["sigma"] = rng.normal(75.0, 2.0, shape)
    if groups:
        draws["intercept_school_type"] += 25.0 * np.arange(len(groups))
    dims = ("chain", "draw", *(["school_type"] if groups else []))
    coords = {"school_type": groups} if groups else {}
    posterior = xr.Dataset({name: (dims, values) for name, values in draws.items()}, coords)
    return xr.DataTree.from_dict({"posterior": posterior})


def made_profile():
    value = np.geomspace(0.01, 100.0, 9)
    rows = [
        {
            "parameter": parameter,
            "value": tau,
            "log_marginal": -1000.0 - np.log(tau / best) ** 2 / 7,
            "log_joint": -900.0 - 4 * np.log(tau),
        }
        for parameter, best in (("tau_intercept", 10.0), ("tau_slope", 1.0))
        for tau in value
    ]
    return pd.DataFrame(rows)


def write_artefacts(root, *, edition="2019", state="AC", counts=COUNTS, models=MODELS, truths=None):
    folder = root / "results" / edition / state
    for model in models:
        write_model(folder / "mean" / model, model, counts)
    outcome = folder / "mean"
    made_cells(counts).to_csv(outcome / "cells.csv", index=False)
    comparison = {
        "model": list(reversed(models)),
        "rank": range(len(models)),
        "elpd": -25522.94,
        "se": 47.65,
        "elpd_diff": [-245.89 * i for i in range(len(models))],
        "diff_se": [23.56 * i for i in range(len(models))],
        "weight": 0.5,
        "pareto_k_max": 0.19,
        "note": None,
    }
    pd.DataFrame(comparison).to_csv(outcome / "comparison.csv", index=False)
    columns = ["model", "parameter", "truth", "mean", "interval_low", "interval_high", "covered"]
    pd.DataFrame(truths or [], columns=columns).to_csv(outcome / "recovery.csv", index=False)
    write_study(outcome, models, counts)
    (outcome / "figures").mkdir()
    for name in figure_names(models):
        for code, word in (("pt", "nota"), ("en", "score")):
            drawn = SVG.replace("A &lt; B", f"A &lt; B {word}")
            (outcome / "figures" / f"{name}.{code}.svg").write_text(drawn)
    flow = [
        ("rows in the file", 38229, 0),
        (f"exam in {state}", 38043, 186),
        ("a step <i>unknown</i>", 430, 37613),
    ]
    table = pd.DataFrame(flow, columns=["step", "rows", "excluded"]).assign(outcome="mean")
    table.to_csv(folder / "sample_flow.csv", index=False)
    income = [("A", 0, 0, 0.25, 249.5, -3.0), ("B", 0, None, 1.25, 1247.5, -0.678)]
    columns = ["income_bracket", "lower_min_wages", "upper_min_wages", "value_min_wages"]
    columns += ["value_brl", "x"]
    pd.DataFrame(income, columns=columns).to_csv(folder / "income.csv", index=False)
    record = {"edition": edition, "source": "/home/a/enem.zip", "pinned": False}
    record["last_modified"] = "Tue, 15 Nov 2022 12:45:26 GMT"
    (root / "record.json").write_text(json.dumps(record))
    conversion = {
        "zip_sha256": "a" * 64,
        "zip_bytes": 3927945,
        "member": "DADOS/<script>alert(1)</script>.csv",
        "layout": "first_release",
        "rows": 38229,
        "expected_rows": 5095171,
        "income_column": "Q006",
    }
    (root / "conversion.json").write_text(json.dumps(conversion))
    return folder


def build(root, settings=None, **made):
    folder = write_artefacts(root, **made)
    settings = settings or made_settings(made.get("models", MODELS))
    page = root / "page.html"
    build_report(folder, root / "record.json", root / "conversion.json", settings, page)
    return page.read_text(encoding="utf-8")
