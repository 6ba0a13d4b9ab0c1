"""Profiles of the scales of every hierarchical model of one outcome."""

from pathlib import Path

from _job import run

from enem.atomic import write_csv
from enem.estimate.profile import scale_profiles
from enem.estimate.record import posterior_optimum
from enem.models.cells import read_grid
from enem.models.priors import parse_priors
from enem.models.specification import SPECIFICATIONS


def main(snakemake):
    grid = read_grid(Path(snakemake.input.cells), Path(snakemake.input.income))
    priors = parse_priors(snakemake.params.priors)
    for path in map(Path, snakemake.output):
        objective, optimum = posterior_optimum(SPECIFICATIONS[path.parent.name], grid, priors)
        write_csv(scale_profiles(objective, optimum), path)


run(main, snakemake)
