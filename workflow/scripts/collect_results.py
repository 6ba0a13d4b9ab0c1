"""Copy what the stages made of one state to where people look for it."""

from pathlib import Path

from _job import run

from enem.batch.artefacts import records, stored_as
from enem.batch.collect import collect
from enem.batch.places import Place
from enem.batch.record import content_digest


def main(snakemake):
    p, inp, w = snakemake.params, snakemake.input, snakemake.wildcards
    place = Place(Path("data/analyses", w.edition), (w.state,))
    destinations = {stored_as(place, Path(path)): Path(path) for path in snakemake.output}
    collect(place, records(place, p.outcomes, p.models), destinations)
    return content_digest(p.recipe, map(Path, inp.edition))


run(main, snakemake)
