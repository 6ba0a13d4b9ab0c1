"""Link a file that the user already has, and record what it is."""

from pathlib import Path

from _job import run

from enem.retrieve.release import retrieve_release
from enem.retrieve.sources import load_sources


def main(snakemake):
    retrieve_release(
        snakemake.wildcards.edition,
        snakemake.input.file,
        load_sources(Path(snakemake.input.sources)),
        Path(snakemake.output.file),
        Path(snakemake.output.record),
        ca_bundle=None,
        retries=0,
        timeout=1.0,
    )


run(main, snakemake)
