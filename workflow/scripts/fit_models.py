"""Sample every configured model of every analysis of one edition."""

import json
from pathlib import Path

from _job import run

from enem.batch.artefacts import FIT, OF_MODEL, TABULATE, files
from enem.batch.chunk import Chunk
from enem.batch.designs import design_files, design_of
from enem.batch.stage import Stage, Task
from enem.mixed.priors import parse_priors
from enem.mixed.specification import specifications
from enem.provenance import package_versions, settings_digest


def main(snakemake):
    p, chunk = snakemake.params, Chunk.of(snakemake.output)
    given, specs = p.made_with, specifications(p.formulas)
    priors, settings = given["priors"], given["sampler"]
    provenance = {
        "edition": snakemake.wildcards.edition,
        "data_sha256": json.loads(Path(snakemake.input.report).read_text())["zip_sha256"],
        "config_sha256": settings_digest({"priors": priors, "sampler": settings}),
        "priors": priors,
        "sampler": settings,
        "versions": package_versions(),
    }

    def ready():
        # imported here: a run that finds every fit done needs no sampler
        from enem.mixed.fit import fit
        from enem.mixed.settings import SamplerSettings
        from enem.netcdf import write_tree

        sampler = SamplerSettings(**settings)

        def draw(place):
            spec = specs[place.model]
            tree = fit(design_of(place, spec), parse_priors(priors), sampler, cores=1)
            of = {"formula": spec.formula.text, "levels": list(spec.levels)}
            of |= {"state": place.state, "outcome": place.outcome, "model": place.model}
            write_tree(tree, place.file("posterior.nc"), {**provenance, **of})

        return draw

    def task(place):
        outputs = files(place, OF_MODEL[FIT])
        after = [place.above(1).record(TABULATE)]
        return Task(place, design_files(place), outputs, after, specs[place.model].text)

    tasks = [task(place) for place in chunk.places(p.outcomes, p.models)]
    Stage(FIT, given).run(tasks, ready, chunk, snakemake.threads)


run(main, snakemake)
