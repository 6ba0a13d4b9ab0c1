"""Draw all states of the one model, in both languages."""

from functools import partial
from pathlib import Path

import pandas as pd
from _job import run

from enem.figures.analysis import Analysis
from enem.figures.files import write_figure
from enem.figures.states_together import draw
from enem.names import BRAZIL


def main(snakemake):
    w, p = snakemake.wildcards, snakemake.params
    table = pd.read_csv(snakemake.input.effects)
    counted = int(table.groupby("group")["n"].first().sum())
    analysis = Analysis(
        w.edition, BRAZIL, w.outcome, p.mass, p.smallest_group, participants=counted
    )
    folder = Path(snakemake.output[0]).parent
    write_figure(partial(draw, table), analysis, folder, "states")


run(main, snakemake)
