"""Write the page of one state."""

from pathlib import Path

from _job import run

from enem.report.page import build_report


def main(snakemake):
    destination = Path(snakemake.output.html)
    build_report(
        destination.parent,
        Path(snakemake.input.record),
        Path(snakemake.input.conversion),
        snakemake.params.settings,
        destination,
    )


run(main, snakemake)
