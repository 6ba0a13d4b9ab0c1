"""Write the atlas of all analyses that are finished."""

from pathlib import Path

from _job import run

from enem.atlas.analyses import finished
from enem.atlas.page import build_atlas


def main(snakemake):
    folder = Path(snakemake.output.html).parent
    settings = snakemake.params.settings
    build_atlas(
        folder.parent, finished(folder.parent, settings), settings, folder, snakemake.threads
    )


run(main, snakemake)
