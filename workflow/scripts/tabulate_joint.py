"""Moments of the five scores together, of one state."""

from pathlib import Path

import pandas as pd
from _job import run

from enem.editions import edition_named
from enem.names import MEAN
from enem.several.joint import joint_moments
from enem.several.store import write_moments
from enem.tabulate.population import PopulationSettings
from enem.tabulate.release import load_participants


def main(snakemake):
    p, w = snakemake.params, snakemake.wildcards
    settings = PopulationSettings(state=w.state, state_by=p.state_by, **p.population)
    participants = load_participants(
        Path(snakemake.input.participants), settings, [MEAN], edition_named(w.edition)
    )
    moments = joint_moments(participants, settings, pd.read_csv(snakemake.input.income))
    write_moments(moments, Path(snakemake.output.moments))


run(main, snakemake)
