"""Fit the country's states together to one outcome."""

import json
from pathlib import Path

import pandas as pd
from _job import run

from enem.atomic import write_csv
from enem.models.cells import read_grid
from enem.models.priors import parse_priors
from enem.provenance import package_versions, settings_digest
from enem.wide.fit import fit_wide_model, same_participants
from enem.wide.priors import parse_wide_priors
from enem.wide.state_effects import state_effects_table
from enem.wide.states import complete_states, state_model


def main(snakemake):
    p, inp = snakemake.params, snakemake.input
    grid, income = read_grid(Path(inp.cells), Path(inp.income)), pd.read_csv(inp.income)
    by_state = pd.read_parquet(inp.by_state)
    model = state_model(
        by_state,
        income,
        grid.school_types,
        parse_priors(p.settings["priors"]),
        parse_wide_priors(p.settings["wide"]["priors"]),
    )
    provenance = {
        **dict(snakemake.wildcards.items()),
        "model": "states",
        "data_sha256": json.loads(Path(inp.report).read_text())["zip_sha256"],
        "config_sha256": settings_digest(p.settings),
        **p.settings,
        "versions": package_versions(),
    }
    n = float(grid.n.sum())
    same = same_participants(model.moments, n, float((grid.n * grid.mean).sum() / n))
    effects = Path(snakemake.output.effects)
    posterior = fit_wide_model(
        model, complete_states, p.settings, provenance, snakemake.threads, effects.parent, [same]
    )
    mass = p.settings["interval"]["mass"]
    write_csv(state_effects_table(posterior, by_state, income, mass), effects)


run(main, snakemake)
