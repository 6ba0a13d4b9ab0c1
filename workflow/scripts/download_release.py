"""Download one edition's zip from INEP."""

from pathlib import Path

from _job import run

from enem.retrieve.release import retrieve_release
from enem.retrieve.sources import load_sources


def main(snakemake):
    settings = snakemake.params.settings
    bundle = settings["ca_bundle"]
    retrieve_release(
        snakemake.wildcards.edition,
        "inep",
        load_sources(Path(snakemake.input.sources)),
        Path(snakemake.output.zip),
        Path(snakemake.output.record),
        ca_bundle=Path(bundle) if bundle else None,
        retries=settings["retries"],
        timeout=settings["timeout"],
        slowest=settings["min_bytes_per_second"],
    )


run(main, snakemake)
