"""Write the tidy table behind every figure of one outcome."""

from pathlib import Path

from _job import run

from enem.figures.analysis import Analysis
from enem.figures.artefacts import Artefacts
from enem.figures.data import write_figure_data


def main(snakemake):
    w, p = snakemake.wildcards, snakemake.params
    analysis = Analysis(w.edition, w.state, w.outcome, p.mass, p.smallest_group)
    folder = Path(snakemake.output.csv[0]).parent
    artefacts = Artefacts(folder.parents[1], tuple(p.models), analysis)
    write_figure_data(artefacts.counted(), folder)


run(main, snakemake)
