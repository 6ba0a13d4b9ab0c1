"""Summaries and verdicts of every configured model of one outcome."""

import json
from pathlib import Path

import pandas as pd
from _job import run

from enem.atomic import replacing, write_csv
from enem.check.model import Evidence, check_model
from enem.check.verdict import write_checks
from enem.fit.posterior import read_posterior
from enem.models.cells import read_grid
from enem.models.priors import parse_priors
from enem.models.specification import SPECIFICATIONS


def main(snakemake):
    p, inp, out = snakemake.params, snakemake.input, snakemake.output
    evidence = Evidence(
        grid=read_grid(Path(inp.cells), Path(inp.income)),
        cells=pd.read_csv(inp.cells),
        rows=pd.read_parquet(inp.sample),
        priors=parse_priors(p.priors),
        mass=p.mass,
        thresholds=p.thresholds,
        seed=p.seed,
    )
    paths = zip(
        *(p.models, inp.posteriors, inp.records),
        *(out.summaries, out.checks, out.predictive, out.sensitivity, out.loo),
        strict=True,
    )
    for name, posterior, record, summary, checks, predictive, sensitivity, loo in paths:
        estimates = json.loads(Path(record).read_text())
        verdict = check_model(
            SPECIFICATIONS[name], read_posterior(Path(posterior)), estimates, evidence
        )
        write_csv(verdict.summary, Path(summary))
        write_checks(verdict.checks, Path(checks))
        write_csv(verdict.predictive, Path(predictive))
        write_csv(verdict.sensitivity, Path(sensitivity))
        with replacing(Path(loo)) as partial:
            verdict.loo.to_parquet(partial, index=False)


run(main, snakemake)
