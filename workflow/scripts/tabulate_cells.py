"""Tabulate one state of one edition."""

from pathlib import Path

import pandas as pd
from _job import run

from enem.atomic import replacing, write_csv
from enem.editions import edition_named
from enem.tabulate.income import IncomeSettings, income_table
from enem.tabulate.population import PopulationSettings
from enem.tabulate.release import load_participants, tabulate_outcome


def main(snakemake):
    p, out = snakemake.params, snakemake.output
    edition = edition_named(snakemake.wildcards.edition)
    settings = PopulationSettings(snakemake.wildcards.state, p.state_by, **p.population)
    income = income_table(edition, IncomeSettings(p.income["none"], p.income["open_ended_factor"]))
    participants = load_participants(
        Path(snakemake.input.participants), settings, p.outcomes, edition
    )
    flows = []
    paths = zip(p.outcomes, out.cells, out.distributions, out.samples, strict=True)
    for outcome, cells, distribution, sample in paths:
        table = tabulate_outcome(
            participants,
            Path(snakemake.input.report),
            settings,
            outcome,
            income["income_bracket"].tolist(),
        )
        flows.append(table.flow)
        write_csv(table.cells, Path(cells))
        write_csv(table.histogram, Path(distribution))
        with replacing(Path(sample)) as partial:
            table.sample.to_parquet(partial, index=False)
    write_csv(pd.concat(flows), Path(out.flow))
    write_csv(income, Path(out.income))


run(main, snakemake)
