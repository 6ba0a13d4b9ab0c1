"""Moments of every outcome of one state with covariates."""

from pathlib import Path

import pandas as pd
from _job import run

from enem.editions import edition_named
from enem.tabulate.population import PopulationSettings
from enem.tabulate.release import load_participants
from enem.wide.names import columns_of
from enem.wide.store import write_moments
from enem.wide.tabulate import covariate_moments


def main(snakemake):
    p, w = snakemake.params, snakemake.wildcards
    settings = PopulationSettings(state=w.state, state_by=p.state_by, **p.population)
    edition, income = edition_named(w.edition), pd.read_csv(snakemake.input.income)
    participants = load_participants(
        Path(snakemake.input.participants),
        settings,
        p.outcomes,
        edition,
        columns_of(p.covariates),
    )
    for outcome, path in zip(p.outcomes, snakemake.output, strict=True):
        moments = covariate_moments(participants, settings, outcome, income, p.covariates)
        write_moments(moments, Path(path))


run(main, snakemake)
