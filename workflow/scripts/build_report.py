"""Write the pages of one state."""

from pathlib import Path

from _job import run

from enem.report.page import build_report


def main(snakemake):
    folder = Path(snakemake.output.story).parent
    inp = snakemake.input
    files = Path(inp.record), Path(inp.conversion)
    build_report(folder, *files, snakemake.params.settings, Path(inp.charts), folder)


run(main, snakemake)
