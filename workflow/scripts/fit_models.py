"""Sample every configured model of every analysis of one edition."""

import json
from pathlib import Path

import numpy as np
from _job import run

from enem.batch.artefacts import FIT, OF_MODEL, TABULATE, files
from enem.batch.cells import cell_files, grid_of
from enem.batch.places import places
from enem.batch.stage import Stage, Task
from enem.models.priors import parse_priors
from enem.models.specification import SPECIFICATIONS
from enem.provenance import package_versions, settings_digest


def main(snakemake):
    p = snakemake.params
    priors = parse_priors(p.priors)
    provenance = {
        "edition": snakemake.wildcards.edition,
        "data_sha256": json.loads(Path(snakemake.input.report).read_text())["zip_sha256"],
        "config_sha256": settings_digest({"priors": p.priors, "sampler": p.sampler}),
        "priors": p.priors,
        "sampler": p.sampler,
        "versions": package_versions(),
    }

    def ready():
        # imported here: a run that finds every fit done needs no sampler
        from enem.fit.posterior import complete_posterior, write_posterior
        from enem.fit.sample import sample_scales
        from enem.fit.settings import SamplerSettings

        sampler = SamplerSettings(**p.sampler)

        def fit(place):
            spec, grid = SPECIFICATIONS[place.model], grid_of(place)
            sampled = sample_scales(spec, grid, priors, sampler, cores=1)
            rng = np.random.default_rng([sampler.seed, list(SPECIFICATIONS).index(spec.name)])
            tree = complete_posterior(sampled, spec, grid, priors, rng)
            of = {"state": place.state, "outcome": place.outcome, "model": place.model}
            write_posterior(tree, place.file("posterior.nc"), {**provenance, **of})

        return fit

    def task(place):
        outputs = files(place, OF_MODEL[FIT])
        return Task(place, cell_files(place), outputs, after=[place.above(1).record(TABULATE)])

    tasks = [task(place) for place in places(Path(p.store), p.states, p.outcomes, p.models)]
    stage, receipt = Stage(FIT, p.made_with), Path(snakemake.output.receipt)
    stage.run(tasks, ready, receipt, snakemake.threads)


run(main, snakemake)
