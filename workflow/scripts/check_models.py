"""Summaries and verdicts of every configured model of every analysis of one edition."""

import json
from functools import lru_cache

import pandas as pd
from _job import run

from enem.atomic import write_csv, write_parquet
from enem.batch.artefacts import CHECK, ESTIMATE, FIT, OF_MODEL, files
from enem.batch.chunk import Chunk
from enem.batch.designs import design_files, design_of
from enem.batch.stage import Stage, Task
from enem.mixed.priors import parse_priors
from enem.mixed.specification import specifications


def main(snakemake):
    p, chunk = snakemake.params, Chunk.of(snakemake.output)
    given, specs = p.made_with, specifications(p.formulas)
    priors, mass = parse_priors(given["priors"]), given["interval"]["mass"]

    def ready():
        # imported here: a run that finds every check done needs no ArviZ
        from enem.check.model import Evidence, check_model
        from enem.check.verdict import write_checks
        from enem.mixed.settings import SamplerSettings
        from enem.netcdf import read_tree

        sampler = SamplerSettings(**given["sampler"])

        @lru_cache(maxsize=1)
        def evidence(outcome):
            participants = pd.read_parquet(outcome.file("sample.parquet"))
            return Evidence(participants, priors, mass, given["checks"], sampler)

        def check(place):
            estimates = json.loads(place.file("point_estimates.json").read_text())
            design = design_of(place, specs[place.model])
            posterior = read_tree(place.file("posterior.nc"))
            verdict = check_model(design, posterior, estimates, evidence(place.above(2)))
            write_checks(verdict.checks, place.file("checks.json"))
            for name in ("summary", "predictive", "sensitivity"):
                write_csv(getattr(verdict, name), place.file(f"{name}.csv"))
            for name in ("loo", "loo_groups"):
                write_parquet(getattr(verdict, name), place.file(f"{name}.parquet"))

        return check

    def task(place):
        made = [f for stage in (FIT, ESTIMATE) for f in files(place, OF_MODEL[stage])]
        inputs = [*made, *design_files(place), place.above(2).file("sample.parquet")]
        after = [place.record(stage) for stage in (FIT, ESTIMATE)]
        return Task(place, inputs, files(place, OF_MODEL[CHECK]), after)

    tasks = [task(place) for place in chunk.places(p.outcomes, p.models)]
    Stage(CHECK, given).run(tasks, ready, chunk, snakemake.threads)


run(main, snakemake)
