"""Convert one edition's file to the participants' table."""

from pathlib import Path

from _job import run

from enem.convert.release import convert_release


def main(snakemake):
    convert_release(
        Path(snakemake.input.zip),
        snakemake.wildcards.edition,
        Path(snakemake.output.participants),
        Path(snakemake.output.report),
        snakemake.params.questions,
        snakemake.params.required,
    )


run(main, snakemake)
