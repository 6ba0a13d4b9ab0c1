"""Draw the gap and the slopes without and with covariates, in both languages."""

from functools import partial
from pathlib import Path

import pandas as pd
from _job import run

from enem.figures.adjustment import draw
from enem.figures.analysis import Analysis
from enem.figures.files import write_figure


def main(snakemake):
    w, p = snakemake.wildcards, snakemake.params
    table, cells = pd.read_csv(snakemake.input.adjustment), pd.read_csv(snakemake.input.cells)
    counts = cells.groupby("school_type", sort=False)["n"].sum()
    analysis = Analysis(
        w.edition, w.state, w.outcome, p.mass, p.smallest_group, participants=int(counts.sum())
    )
    folder = Path(snakemake.output[0]).parent
    write_figure(partial(draw, table, counts), analysis, folder, "adjustment")


run(main, snakemake)
