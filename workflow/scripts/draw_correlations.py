"""Draw how the five scores go together, in both languages."""

from functools import partial
from pathlib import Path

import pandas as pd
from _job import run

from enem.figures.analysis import Analysis
from enem.figures.correlations import draw
from enem.figures.files import write_figure


def main(snakemake):
    w, p = snakemake.wildcards, snakemake.params
    table = pd.read_csv(snakemake.input.correlations)
    counted = int(table["n"].iloc[0])
    analysis = Analysis(w.edition, w.state, "joint", p.mass, p.smallest_group, participants=counted)
    folder = Path(snakemake.output[0]).parent
    write_figure(partial(draw, table), analysis, folder, "correlations")


run(main, snakemake)
