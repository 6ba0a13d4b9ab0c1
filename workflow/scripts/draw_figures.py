"""Draw all figures of one outcome, in both languages."""

from pathlib import Path

from _job import run

from enem.figures.analysis import Analysis
from enem.figures.catalogue import draw_figures
from enem.mixed.specification import specifications
from enem.tabulate.cells import SCHOOL_TYPES_BY_RULE


def main(snakemake):
    w, p = snakemake.wildcards, snakemake.params
    figures = Path(snakemake.output.index).parent
    analysis = Analysis(
        edition=w.edition,
        state=w.state,
        outcome=w.outcome,
        school_types=SCHOOL_TYPES_BY_RULE[p.school_type],
        mass=p.mass,
        smallest_group=p.smallest_group,
    )
    specs = specifications(p.formulas)
    draw_figures(figures.parents[1], w.outcome, specs, analysis, figures, snakemake.threads)


run(main, snakemake)
