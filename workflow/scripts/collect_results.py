"""Link what the stages made of one state to where people look for it."""

from pathlib import Path

from _job import run

from enem.batch.artefacts import records, stored_as
from enem.batch.collect import collect
from enem.batch.places import Place


def main(snakemake):
    p = snakemake.params
    place = Place(Path(p.store), (snakemake.wildcards.state,))
    destinations = [Path(path) for path in snakemake.output]
    sources = [stored_as(place, path) for path in destinations]
    collect(records(place, p.outcomes, p.models), sources, destinations)


run(main, snakemake)
