"""Draw how the five scores go together, in both languages."""

from pathlib import Path

import pandas as pd
from _job import run

from enem.figures.analysis import Analysis
from enem.figures.artefacts import Artefacts
from enem.figures.catalogue import write_figure
from enem.figures.names import FigureName


def main(snakemake):
    w, p = snakemake.wildcards, snakemake.params
    joint = Path(snakemake.input.correlations).parent
    counted = int(pd.read_csv(snakemake.input.correlations)["n"].iloc[0])
    analysis = Analysis(w.edition, w.state, "joint", p.mass, p.smallest_group, participants=counted)
    folder = Path(snakemake.output[0]).parent
    write_figure(FigureName("correlations"), Artefacts(joint.parent, analysis), folder)


run(main, snakemake)
