"""Draw all states of the one model, in both languages."""

from pathlib import Path

import pandas as pd
from _job import run

from enem.figures.analysis import Analysis
from enem.figures.names import LANGUAGES
from enem.figures.states_together import draw
from enem.figures.wider import write
from enem.names import BRAZIL


def main(snakemake):
    w, p = snakemake.wildcards, snakemake.params
    table = pd.read_csv(snakemake.input.effects)
    for language in LANGUAGES:
        analysis = Analysis(
            edition=w.edition,
            state=BRAZIL,
            outcome=w.outcome,
            mass=p.mass,
            smallest_group=p.smallest_group,
            participants=int(table.groupby("group")["n"].first().sum()),
            language=language,
        )
        folder = Path(snakemake.output[0]).parent
        write(draw(table, analysis), analysis, folder, "states")


run(main, snakemake)
