"""How many are registered in each municipality by their family's income."""

from pathlib import Path

from _job import run

from enem.atomic import write_csv
from enem.editions import edition_named
from enem.municipal.counts import count_incomes


def main(snakemake):
    edition = edition_named(snakemake.wildcards.edition)
    counts = count_incomes(Path(snakemake.input.zip), Path(snakemake.input.participants), edition)
    write_csv(counts, Path(snakemake.output.incomes))


run(main, snakemake)
