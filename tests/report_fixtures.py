"""Made artefacts of one analysis, and the page that they give."""

import gzip
import json
import re
from base64 import b64decode
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pandas as pd
import xarray as xr
import yaml
from markupsafe import escape

from enem.config.formulas import asked_formulas, spelled_out
from enem.figures.names import INDEX, figures_of
from enem.mixed.specification import specifications
from enem.mixed.variables import levels_of
from enem.netcdf import write_tree
from enem.report.drawing_library import drawing_library
from enem.report.page import TECHNICAL, build_report
from municipal_fixtures import write_municipal
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
    "assumption": "none=0.125",
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
<g clip-path="url(#clip)" onclick="alert(1)"><use xlink:href="#mark"/>
<use xlink:href="#mark"/><text>A &lt; B</text></g>
</svg>
"""


GROUPS = {
    "case": "worst",
    "statistic": "sd_municipality_means",
    "group": "all",
    "observed": 16.83,
    "replicated": 22.71,
    "looked_at": ["sd_group_means", "sd_municipality_means"],
}
BRACKETS = {"A": -3.0, "B": -0.678}


def shipped_formulas(models, more=()):
    """Formulas of config.yaml, and of `more`, as validated settings have them."""
    settings = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    formulas = spelled_out({**settings["formulas"], **dict(more)})
    return asked_formulas({**settings, "formulas": formulas, "models": list(models)})


def made_settings(models=MODELS, formulas=(), **changes):
    settings = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    settings |= {"editions": ["2019"], "states": ["AC"], "outcomes": ["mean"]}
    settings |= {"models": list(models), "sources": {"2019": "x"}}
    return settings | {"formulas": shipped_formulas(models, formulas)} | changes


def made_specs(models, formulas=()):
    return specifications(shipped_formulas(models, formulas))


def made_cells(counts):
    rows = [
        (group, bracket, n // 2, 500.125, 9.0)
        for group, n in counts.items()
        for bracket in ("A", "B")
    ]
    return pd.DataFrame(rows, columns=["school_type", "income_bracket", "n", "mean", "ss"])


def made_parameters(spec, counts):
    """Parameters of a model with the participants behind each; None where it is not a group's."""
    behind = dict.fromkeys([*(each.variable for each in spec.common), *spec.scales])
    types = counts if spec.by_school_type else {}
    behind |= {f"sigma[{t}]": n for t, n in types.items()} or {"sigma": None}
    for block in spec.blocks:
        name = block.variable.removesuffix("_school_type")
        if name == block.variable:
            levels = ("A", "B") if "income_bracket" in block.factor else levels_of(block.factor[0])
            behind |= {f"{name}[{level}]": 9 + 50 * i for i, level in enumerate(levels)}
        else:
            behind |= {f"{name}[{t}]": n for t, n in types.items()}
    return behind


def interval(mean, half):
    return {
        "mean": mean,
        "sd": half / 1.645,
        "interval_low": mean - half,
        "interval_high": mean + half,
    }


def effect(name, numbers, contrast, scope, group="all"):
    row = {"effect": name, "group": group, "contrast": contrast, "scope": scope}
    return {**row, "unit": "u", **numbers, "definition": "d"}


def made_effects(spec, counts):
    scopes = (
        ["these_schools", "schools_like_these"] if spec.levels else ["independent_participants"]
    )
    twice, rows = "twice the income", []
    for k, scope in enumerate(scopes):
        if not spec.by_school_type:
            rows.append(effect("slope", interval(23.19479 + k, 1.5 + k), twice, scope))
            continue
        for i, (group, n) in enumerate(counts.items()):
            if n:
                numbers = interval(14.92372 + i + 0.1 * k, 2 + k)
                rows.append(effect("slope", numbers, twice, scope, group))
        rows += made_gaps(counts, scope, k)
    if spec.by_school_type and spec.levels:
        rows += made_school_effects(spec, counts)
    return pd.DataFrame(rows)


def made_gaps(counts, scope, k):
    others = [name for name, n in counts.items() if n and name != "privada"]
    if not counts.get("privada"):
        return []
    rows = []
    for i, other in enumerate([*others, "publica"]):
        made = {
            "raw_gap": interval(116.29545 + i, 7),
            "gap_at_equal_income": interval(80.44014 + 2 * i + k, 7 + k),
            "gap_explained_by_income": interval(0.30867, 0.03),
            "gap_explained_by_income_of_public": interval(0.20867, 0.03),
        }
        rows += [effect(name, of, f"privada - {other}", scope) for name, of in made.items()]
        left_out = {"mean": 0.25 if other == "municipal" else 0.0}
        rows += [effect("gap_incomes_left_out", left_out, f"privada - {other}", scope)] * (not k)
    direct = interval(79.04321, 24)
    if k or scope == "independent_participants":
        name = "gap_at_equal_income_direct"
        rows.append(effect(name, direct, "privada - publica", "schools_like_these"))
    return rows


def made_school_effects(spec, counts):
    rows = [
        effect(name, interval(share, 0.01), contrast, scope)
        for contrast, scope in (
            ("nothing given", "these_schools"),
            ("given income and school type", "schools_like_these"),
        )
        for name, share in (
            ("share_between_municipalities", 0.04321),
            ("share_between_schools", 0.26432),
            ("share_within", 0.69247),
        )
    ]
    names = {"slope_within_school": "twice the income"}
    if spec.formula.uses("school_income"):
        names["context"] = "twice the school's mean income"
    return [
        *rows,
        *(
            effect(name, interval(11.04321 + i, 2), contrast, "typical_school", group)
            for name, contrast in names.items()
            for i, (group, n) in enumerate(counts.items())
            if n
        ),
    ]


def made_groups(counts):
    """Two schools of each type in a municipality of their own, one of them too small."""
    rows = [
        (1200013 + i, 12000000 + 2 * i + j, group, part, 501.0, 2.0, 3.5, -9.0, 16.0)
        for i, (group, n) in enumerate(counts.items())
        for j, part in enumerate((n - min(n, 3), min(n, 3)))
        if part
    ]
    columns = ["municipality", "school", "school_type", "n", "mean_score", "mean_income"]
    return pd.DataFrame(rows, columns=[*columns, "effect_mean", "interval_low", "interval_high"])


def write_model(folder, spec, counts):
    folder.mkdir(parents=True)
    behind = made_parameters(spec, counts)
    names = list(behind)
    summary = [
        {"parameter": p, **interval(100.37 + i, 5.5), "n": behind[p]} for i, p in enumerate(names)
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
    made_effects(spec, counts).to_csv(folder / "effects.csv", index=False)
    observed = [
        {"group": group, "statistic": statistic, "observed": value if n else None}
        for i, (group, n) in enumerate({**counts, "all": sum(counts.values())}.items())
        for statistic, value in (("mean", 612.34 + i), ("sd", 71.23 + i))
    ]
    pd.DataFrame(observed).to_csv(folder / "predictive.csv", index=False)
    record = {"passed": True, "checks": made_checks(spec)}
    (folder / "checks.json").write_text(json.dumps(record))
    provenance = {"data_sha256": "d" * 64, "config_sha256": "c" * 64}
    provenance |= {"sampler": {"seed": 1}, "versions": {"pymc": "6.4.0"}}
    write_tree(made_posterior(spec, counts), folder / "posterior.nc", provenance)
    if spec.scales:
        made_profile(spec.scales).to_csv(folder / "tau_profile.csv", index=False)


def made_checks(spec):
    of_groups = GROUPS if spec.levels else {**GROUPS, "case": "no_levels"}
    checks = [
        ("r_hat", True, 1.00377, 1.01, {"case": "worst", "parameter": "slope[privada]"}),
        ("prior_predictive", True, 0.9973, 0.9, {"case": "share", "low": 0.0, "high": 1000.0}),
        ("optimum_mle", None, 1.3e-13, None, MAXIMUM),
        ("income_sensitivity", True, 2.34, 5, INCOME),
        ("group_predictive", True if spec.levels else None, 0.416, 0.01, of_groups),
        ("something_new", None, 7.0, None, {"case": "other"}),
    ]
    keys = ("name", "passed", "value", "threshold", "details")
    message = "What the <b>program</b> says."
    return [dict(zip(keys, check, strict=True), message=message) for check in checks]


def made_posterior(spec, counts):
    rng = np.random.default_rng(2019)
    groups, at = list(counts), np.arange(len(counts))
    by_type = spec.by_school_type
    shape = (4, 50, len(groups)) if by_type else (4, 50)
    dims = ("chain", "draw", "school_type") if by_type else ("chain", "draw")
    suffix = "_school_type" if by_type else ""
    draws = {
        f"intercept{suffix}": rng.normal(520.0, 6.0, shape) + (25.0 * at if by_type else 0.0),
        f"slope{suffix}": rng.normal(16.0, 1.5, shape),
        "sigma": rng.normal(75.0, 2.0, shape),
    }
    posterior = xr.Dataset(
        {name: (dims, values) for name, values in draws.items()}, {"school_type": groups}
    )
    for level in spec.levels:
        posterior[f"tau_{level}"] = (("chain", "draw"), rng.normal(20.0, 1.0, (4, 50)))
    return xr.DataTree.from_dict(
        {"posterior": posterior, "expected": made_expected(posterior, suffix, counts, rng)}
    )


def made_expected(posterior, suffix, counts, rng):
    """Expected scores of cells: lines and what schools add; none where nobody is."""
    x = xr.DataArray(list(BRACKETS.values()), {"income_bracket": list(BRACKETS)})
    line = posterior[f"intercept{suffix}"] + posterior[f"slope{suffix}"] * x
    n = xr.DataArray(
        [[made // 2] * 2 for made in counts.values()],
        {"school_type": list(counts), "income_bracket": list(BRACKETS)},
    )
    cells = line + 0.0 * n
    cells = cells.transpose("chain", "draw", "school_type", "income_bracket")
    these = (cells + rng.normal(0, 3.0, cells.shape)).where(n > 0)
    alike = these + rng.normal(0, 6.0, cells.shape)
    weights = xr.zeros_like(cells) + n
    return xr.Dataset(
        {"these_schools": these, "schools_like_these": alike, "participants": weights}
    )


def made_profile(scales):
    value = np.geomspace(0.01, 100.0, 9)
    rows = [
        {
            "parameter": parameter,
            "value": tau,
            "log_marginal": -1000.0 - np.log(tau / best) ** 2 / 7,
            "log_joint": -900.0 - 4 * np.log(tau),
        }
        for parameter, best in ((scale, 1.0 + 3 * i) for i, scale in enumerate(scales))
        for tau in value
    ]
    return pd.DataFrame(rows)


def write_figures(folder, names):
    """Write what a page reads of its figures, and what it offers of those that tell the story."""
    folder.mkdir()
    for name in names:
        for kind, files in name.files.items():
            for code, file in files.items() if isinstance(files, dict) else [("", files)]:
                word = {"pt": "nota", "en": "score"}.get(code)
                drawn = SVG.replace("A &lt; B", f"A &lt; B {word}")
                text = drawn if file.endswith("svg") else f"{kind} of {name.stem} {code}"
                (folder / file).write_text(text)
    listed = [
        {
            "stem": name.stem,
            "story": name.story,
            "empty": False,
            "caption": {"pt": f"Legenda de {name.stem}", "en": f"Caption of {name.stem}"},
            "files": name.files,
        }
        for name in names
    ]
    (folder / INDEX).write_text(json.dumps(listed))


def write_artefacts(
    root, *, edition="2019", state="AC", counts=COUNTS, models=MODELS, truths=None, formulas=()
):
    folder = root / "results" / edition / state
    specs = made_specs(models, formulas)
    for model, spec in specs.items():
        write_model(folder / "mean" / model, spec, counts)
    outcome = folder / "mean"
    made_groups(counts).to_csv(outcome / "groups.csv", index=False)
    made_cells(counts).to_csv(outcome / "cells.csv", index=False)
    comparison = {
        "model": list(reversed(models)),
        "rank": range(len(models)),
        "elpd": -25522.94,
        "se": 47.65,
        "elpd_diff": [-245.89 * i for i in range(len(models))],
        "diff_se": [23.56 * i for i in range(len(models))],
        "weight": 0.5,
        "elpd_group": [-25544.17 + 15.5 * i for i in range(len(models))],
        "elpd_diff_group": [15.5 * i for i in range(len(models))],
        "diff_se_group": [7.25 * i for i in range(len(models))],
        "pareto_k_max": 0.19,
        "note": None,
    }
    pd.DataFrame(comparison).to_csv(outcome / "comparison.csv", index=False)
    columns = ["model", "parameter", "truth", "mean", "interval_low", "interval_high", "covered"]
    pd.DataFrame(truths or [], columns=columns).to_csv(outcome / "recovery.csv", index=False)
    write_study(outcome, specs, counts)
    write_figures(outcome / "figures", figures_of(specs))
    made_presence(counts).to_csv(folder / "presence.csv", index=False)
    write_municipal(outcome / "municipal")
    flow = [
        ("file", 38229, 0),
        ("state_by_exam", 38043, 186),
        ("not_trainee", 35512, 2531),
        ("not_graduate", 7117, 28395),
        ("a step <i>unknown</i>", 430, 6687),
    ]
    table = pd.DataFrame(flow, columns=["step", "rows", "excluded"]).assign(outcome="mean")
    table.to_csv(folder / "sample_flow.csv", index=False)
    sat = [("regular", 38000, 27000, 4000), ("second", 43, 40, 12)]
    sat += [(name, 0, 0, 0) for name in ("digital", "unknown")]
    counts = pd.DataFrame(sat, columns=["application", "participants", "present", "analysed"])
    counts.assign(outcome="mean").to_csv(folder / "applications.csv", index=False)
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
        "inep_dialect": False,
        "registrations_checked": False,
        "cut_last_line": 1,
        "unknown_codes": {"Q027": {"<b>F": 12, "others": 3}},
    }
    (root / "conversion.json").write_text(json.dumps(conversion))
    return folder


def made_presence(counts):
    """Everybody of a school type is analysed; a third more finish at schools that nobody knows."""
    n = pd.Series(counts, name="analysed") // 2
    known = (
        n.rename_axis("school_type")
        .reset_index()
        .merge(pd.DataFrame({"income_bracket": ["A", "B"]}), how="cross")
    )
    unknown = {"school_type": None, "income_bracket": "A", "analysed": 0}
    table = pd.concat([known, pd.DataFrame([unknown])], ignore_index=True)
    table["present"] = table["analysed"].where(table["school_type"].notna(), n.sum() * 2 // 3)
    table["matched"] = table["analysed"]
    table["finishing"] = table["present"] + 5
    return table.assign(outcome="mean")


@cache
def library_file():
    path = Path(mkdtemp()) / "drawing_library.js"
    path.write_text(drawing_library())
    return path


def write_pages(state_folder, record, conversion, settings, folder):
    build_report(state_folder, record, conversion, settings, library_file(), folder)


def traced(html):
    """Return a page whose numbers name their source themselves, as its script makes them do."""
    packed = re.search(r'<script type="application/gzip" id="sources">(.*?)</script>', html)
    if not packed:  # the story, whose numbers do by themselves
        return html
    listed = packed[1]
    sources = json.loads(gzip.decompress(b64decode(listed)))

    def whole(place):
        return f'data-source="{escape(sources[int(place[1], 36)])}"'

    return re.sub(r'data-s="(\w+)"', whole, html)


def build(root, settings=None, **made):
    folder = write_artefacts(root, **made)
    settings = settings or made_settings(made.get("models", MODELS), made.get("formulas", ()))
    write_pages(folder, root / "record.json", root / "conversion.json", settings, root)
    return (root / TECHNICAL).read_text(encoding="utf-8")
