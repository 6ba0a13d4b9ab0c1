"""Sample every configured model of one outcome."""

import json
from pathlib import Path

import numpy as np
from _job import run

from enem.fit.posterior import complete_posterior, write_posterior
from enem.fit.sample import CompiledModel, SamplerSettings
from enem.models.cells import read_grid
from enem.models.priors import parse_priors
from enem.models.specification import SPECIFICATIONS
from enem.provenance import package_versions, settings_digest


def main(snakemake):
    p = snakemake.params
    grid = read_grid(Path(snakemake.input.cells), Path(snakemake.input.income))
    priors, sampler = parse_priors(p.priors), SamplerSettings(**p.sampler)
    provenance = {
        **snakemake.wildcards,
        "data_sha256": json.loads(Path(snakemake.input.report).read_text())["zip_sha256"],
        "config_sha256": settings_digest({"priors": p.priors, "sampler": p.sampler}),
        "priors": p.priors,
        "sampler": p.sampler,
        "versions": package_versions(),
    }
    compiled = {}
    for index, (name, path) in enumerate(zip(p.models, snakemake.output.posteriors, strict=True)):
        spec = SPECIFICATIONS[name]
        groups = spec.by_school_type
        if groups not in compiled:
            compiled[groups] = CompiledModel(groups, grid, priors, sampler)
        sampled = compiled[groups].sample(spec, grid, snakemake.threads)
        rng = np.random.default_rng([sampler.seed, index])
        tree = complete_posterior(sampled, spec, grid, priors, rng)
        write_posterior(tree, Path(path), {**provenance, "model": name})


run(main, snakemake)
