"""Draw the gap and the slopes without and with covariates, in both languages."""

from pathlib import Path

import pandas as pd
from _job import run

from enem.figures.adjustment import counted, draw
from enem.figures.analysis import Analysis
from enem.figures.names import LANGUAGES
from enem.figures.wider import write


def main(snakemake):
    w, p = snakemake.wildcards, snakemake.params
    table, cells = pd.read_csv(snakemake.input.adjustment), pd.read_csv(snakemake.input.cells)
    for language in LANGUAGES:
        analysis = Analysis(
            edition=w.edition,
            state=w.state,
            outcome=w.outcome,
            mass=p.mass,
            smallest_group=p.smallest_group,
            language=language,
        )
        analysis, counts = counted(analysis, cells)
        figure = draw(table, counts, analysis)
        write(figure, analysis, Path(snakemake.output[0]).parent, "adjustment")


run(main, snakemake)
