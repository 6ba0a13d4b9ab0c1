"""How slope and gap of every outcome of one state move with what was assumed."""

from pathlib import Path

import pandas as pd
from _job import run

from enem.atomic import write_csv
from enem.editions import edition_named
from enem.mixed.priors import parse_priors
from enem.mixed.settings import SamplerSettings
from enem.mixed.specification import lines_by_school_type, specifications
from enem.mixed.tables import Tables
from enem.sensitivity.populations import alternative_populations, read_alternatives
from enem.sensitivity.study import Subject, sensitivity_tables
from enem.tabulate.grid import read_grid
from enem.tabulate.population import PopulationSettings
from enem.tabulate.sums import collapse_to_sums


def main(snakemake):
    p, inp, w = snakemake.params, snakemake.input, snakemake.wildcards
    edition, income = edition_named(w.edition), Path(inp.income)
    settings = PopulationSettings(w.state, p.state_by, **p.population)
    # one reading serves all alternatives of all outcomes
    participants = read_alternatives(
        Path(inp.participants), settings, p.outcomes, edition, pd.read_csv(income)
    )
    outputs = {(Path(f).parts[-3], Path(f).stem): Path(f) for f in snakemake.output.tables}
    presence = pd.read_csv(inp.presence)
    spec = lines_by_school_type(specifications(p.formulas), p.levels)
    for outcome, cells, sample in zip(p.outcomes, inp.cells, inp.samples, strict=True):
        rows, grid = pd.read_parquet(sample), read_grid(Path(cells), income)
        sums = collapse_to_sums(rows, spec.factors)
        subject = Subject(
            outcome=outcome,
            spec=spec,
            grid=grid,
            tables=Tables(sums, participants.income, {"school_type": grid.school_types}),
            rows=rows,
            presence=presence[presence["outcome"] == outcome],
            participants=participants,
            populations=alternative_populations(settings),
            edition=edition,
            income=p.income,
            priors=parse_priors(p.priors),
            mass=p.mass,
            bin_width=p.bin_width,
            sampler=SamplerSettings(**p.sampler),
        )
        for name, table in sensitivity_tables(subject).items():
            write_csv(table, outputs[outcome, name])


run(main, snakemake)
