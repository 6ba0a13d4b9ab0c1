"""Fit every configured model with covariates to one outcome of one state."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from _job import run

from enem.atomic import write_csv
from enem.models.cells import read_grid
from enem.models.priors import parse_priors
from enem.models.specification import SPECIFICATIONS
from enem.provenance import package_versions, settings_digest
from enem.wide.adjusted import complete_posterior
from enem.wide.adjusted_effects import adjusted_effects_table
from enem.wide.adjustment import adjustment_table
from enem.wide.fit import fit_wide_model, same_participants
from enem.wide.priors import parse_wide_priors
from enem.wide.store import read_moments
from enem.wide.structure import covariate_model


def main(snakemake):
    p, inp = snakemake.params, snakemake.input
    moments, grid = read_moments(Path(inp.moments)), read_grid(Path(inp.cells), Path(inp.income))
    priors = parse_priors(p.settings["priors"])
    wide = parse_wide_priors(p.settings["wide"]["priors"])
    provenance = {
        **dict(snakemake.wildcards.items()),
        "data_sha256": json.loads(Path(inp.report).read_text())["zip_sha256"],
        "config_sha256": settings_digest(p.settings),
        **p.settings,
        "versions": package_versions(),
    }
    n = grid.n.sum()
    same = same_participants(moments, float(n), float((grid.n * grid.mean).sum() / n))
    out, mass = Path(snakemake.output.adjustment).parent, p.settings["interval"]["mass"]
    tables = {}
    for name in p.models:
        spec = SPECIFICATIONS[name]
        posterior = fit_wide_model(
            covariate_model(spec, moments, priors, wide),
            partial(_complete, spec),
            p.settings,
            {**provenance, "model": name},
            snakemake.threads,
            out / name,
            [same],
        )
        tables[name] = adjusted_effects_table(posterior, spec, grid, moments, mass)
        write_csv(tables[name], out / name / "effects.csv")
    plain = {m: pd.read_csv(f) for m, f in zip(p.models, inp.effects, strict=True)}
    write_csv(adjustment_table(plain, tables), Path(snakemake.output.adjustment))


def _complete(spec, sampled, model, rng: np.random.Generator):
    return complete_posterior(sampled, spec, model, rng)


run(main, snakemake)
