"""Bundle the scripts that draw the interactive chart of the pages, once for all of them."""

from pathlib import Path

from _job import run

from enem.atomic import write_text
from enem.report.drawing_library import drawing_library


def main(snakemake):
    write_text(drawing_library(), Path(snakemake.output[0]))


run(main, snakemake)
