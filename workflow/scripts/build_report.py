"""Write the pages of one state."""

from pathlib import Path

from _job import run

from enem.report.page import build_report


def main(snakemake):
    folder = Path(snakemake.output.story).parent
    inp = snakemake.input
    build_report(folder, Path(inp.record), Path(inp.conversion), snakemake.params.settings, folder)


run(main, snakemake)
