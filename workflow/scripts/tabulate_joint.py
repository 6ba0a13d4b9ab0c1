"""Sums of the five scores together, of one state."""

from pathlib import Path

from _job import run

from enem.atomic import write_parquet
from enem.editions import edition_named
from enem.names import MEAN, SCORES
from enem.tabulate.population import PopulationSettings, select_sample
from enem.tabulate.release import load_participants
from enem.tabulate.sums import collapse_to_sums


def main(snakemake):
    p, w = snakemake.params, snakemake.wildcards
    settings = PopulationSettings(state=w.state, state_by=p.state_by, **p.population)
    participants = load_participants(
        Path(snakemake.input.participants), settings, [MEAN], edition_named(w.edition)
    )
    # who has every score: the sample of their mean
    sample, _ = select_sample(participants, len(participants), 0, settings, MEAN, SCORES)
    write_parquet(collapse_to_sums(sample, (), SCORES), Path(snakemake.output.sums))


run(main, snakemake)
