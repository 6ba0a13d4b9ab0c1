"""Cells of every outcome by state, school type and income bracket, of the whole country."""

from pathlib import Path

from _job import run

from enem.atomic import write_parquet
from enem.editions import edition_named
from enem.names import BRAZIL
from enem.tabulate.population import STATE_COLUMNS, PopulationSettings
from enem.tabulate.release import load_participants
from enem.wide.states import cells_by_state


def main(snakemake):
    p = snakemake.params
    settings = PopulationSettings(state=BRAZIL, state_by=p.state_by, **p.population)
    participants = load_participants(
        Path(snakemake.input.participants),
        settings,
        p.outcomes,
        edition_named(snakemake.wildcards.edition),
        [STATE_COLUMNS[p.state_by]],
    )
    for outcome, path in zip(p.outcomes, snakemake.output, strict=True):
        write_parquet(cells_by_state(participants, settings, outcome), Path(path))


run(main, snakemake)
