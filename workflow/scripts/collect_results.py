"""Copy what the stages made of one state to where people look for it."""

from pathlib import Path

from _job import run

from enem.batch.artefacts import COLLECT, records, stored_as
from enem.batch.collect import collect
from enem.batch.places import Place


def main(snakemake):
    p = snakemake.params
    place = Place(Path(p.store), (snakemake.wildcards.state,))
    destinations = {stored_as(place, Path(path)): Path(path) for path in snakemake.output}
    receipts = Path(snakemake.input[0]).parent
    of_stages = records(place, p.outcomes, p.models)
    collect(of_stages, destinations, receipts, place.record(COLLECT))


run(main, snakemake)
