"""Draw the gap and the slopes without and with covariates, in both languages."""

from functools import partial
from pathlib import Path

import pandas as pd
from _job import run

from enem.figures.adjustment import draw
from enem.figures.analysis import Analysis
from enem.figures.wider import write


def main(snakemake):
    w, p = snakemake.wildcards, snakemake.params
    table, cells = pd.read_csv(snakemake.input.adjustment), pd.read_csv(snakemake.input.cells)
    counts = cells.groupby("school_type", sort=False)["n"].sum()
    analysis = Analysis(
        w.edition, w.state, w.outcome, p.mass, p.smallest_group, participants=int(counts.sum())
    )
    write(partial(draw, table, counts), analysis, Path(snakemake.output[0]))


run(main, snakemake)
