"""Made artefacts of wider models."""

import json

import numpy as np
import pandas as pd
import xarray as xr
from enem.wide.covariates import levels_of

from enem.fit.posterior import write_posterior
from report_fixtures import COUNTS, MODELS, SVG, made_posterior

PASSED = [{"name": "r_hat", "passed": True}, {"name": "groups_without_data", "passed": None}]


def effect(name, group, mean, **more):
    low, high = mean - 2, mean + 2
    numbers = {"mean": mean, "sd": 1.0, "interval_low": low, "interval_high": high}
    return {"effect": name, "group": group, "unit": "points", **numbers, **more}


def write_fit(folder, checks=PASSED):
    folder.mkdir(parents=True)
    (folder / "checks.json").write_text(json.dumps({"passed": True, "checks": checks}))


def write_figure(folder, name):
    (folder / "figures").mkdir(parents=True)
    for code in ("pt", "en"):
        (folder / "figures" / f"{name}.{code}.svg").write_text(SVG)


def write_covariates(outcome):
    inside = outcome / "covariates"
    write_figure(inside, "adjustment")
    levels = [
        effect("race", "preta", -12.5, contrast="preta minus branca", n=120),
        effect("race", "indigena", -77.7, contrast="indigena minus branca", n=4),
    ]
    rows = []
    for model in MODELS:
        write_fit(inside / model)
        pd.DataFrame(levels).to_csv(inside / model / "effects.csv", index=False)
        write_posterior(adjusted_posterior(model), inside / model / "posterior.nc", {})
        for version, gap, slope in (("without", 81.5, 16.5), ("with", 64.5, 9.5)):
            both = {"model": model, "covariates": version}
            rows.append(both | effect("gap_at_equal_income", "all", gap))
            rows.append(both | effect("income_doubling", "estadual", slope))
    pd.DataFrame(rows).to_csv(inside / "adjustment.csv", index=False)


def adjusted_posterior(model):
    """Draws of a model with race, whose effects go with the intercepts."""
    posterior = made_posterior(model, COUNTS)["posterior"].to_dataset()
    levels, rng = levels_of("race"), np.random.default_rng(7)
    intercept = posterior["intercept" if model == "pooled" else "intercept_school_type"]
    shared = (intercept - intercept.mean(("chain", "draw"))).to_numpy().reshape(4, 50, -1)[..., :1]
    effect = rng.normal(np.linspace(8, -8, len(levels)), 3.0, (4, 50, len(levels))) - 0.5 * shared
    posterior["effect_race"] = (("chain", "draw", "race"), effect)
    return xr.DataTree.from_dict({"posterior": posterior.assign_coords(race=list(levels))})
