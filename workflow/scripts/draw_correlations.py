"""Draw how the five scores go together, in both languages."""

from pathlib import Path

import pandas as pd
from _job import run

from enem.figures.analysis import Analysis
from enem.figures.correlations import draw
from enem.figures.names import LANGUAGES
from enem.figures.wider import write


def main(snakemake):
    w, p = snakemake.wildcards, snakemake.params
    table = pd.read_csv(snakemake.input.correlations)
    for language in LANGUAGES:
        analysis = Analysis(
            edition=w.edition,
            state=w.state,
            outcome="joint",
            mass=p.mass,
            smallest_group=p.smallest_group,
            participants=int(table["n"].iloc[0]),
            language=language,
        )
        folder = Path(snakemake.output[0]).parent
        write(draw(table, analysis), analysis, folder, "correlations")


run(main, snakemake)
