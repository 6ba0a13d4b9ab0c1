"""Tables that put estimators, models and groups of one outcome side by side."""

import json
from pathlib import Path

import pandas as pd
from _job import run

from enem.atomic import write_csv
from enem.check.verdict import require_convergence
from enem.compare.effects import effects_table, gap_table
from enem.compare.estimates import estimates_table
from enem.compare.models import comparison_table
from enem.compare.pooling import pooling_table
from enem.compare.recovery import recovery_of
from enem.fit.posterior import read_posterior
from enem.models.cells import read_grid
from enem.models.specification import SPECIFICATIONS


def main(snakemake):
    p, inp, out, w = snakemake.params, snakemake.input, snakemake.output, snakemake.wildcards
    for checks in inp.checks:
        require_convergence(Path(checks), p.thresholds["on_convergence_failure"])
    grid = read_grid(Path(inp.cells), Path(inp.income))
    income = pd.read_csv(inp.income)
    summaries = {m: pd.read_csv(s) for m, s in zip(p.models, inp.summaries, strict=True)}
    nodes = {m: pd.read_parquet(f) for m, f in zip(p.models, inp.loo, strict=True)}
    gaps = []
    paths = zip(p.models, inp.posteriors, inp.records, out.estimates, out.effects, strict=True)
    for name, posterior, record, estimates, effects in paths:
        spec, draws = (
            SPECIFICATIONS[name],
            read_posterior(Path(posterior))["posterior"].to_dataset(),
        )
        point = json.loads(Path(record).read_text())
        write_csv(estimates_table(point, summaries[name]), Path(estimates))
        write_csv(effects_table(draws, spec, grid, p.mass), Path(effects))
        gaps.append(gap_table(draws, spec, grid, income, p.mass))
    write_csv(pd.concat(gaps), Path(out.gap))
    write_csv(pooling_table(grid, summaries, p.mass), Path(out.pooling))
    comparison = comparison_table(pd.read_parquet(inp.sample), nodes, p.thresholds["pareto_k_max"])
    write_csv(comparison, Path(out.comparison))
    recovery = recovery_of(inp.truth, summaries, w.state, w.outcome, p.population)
    write_csv(recovery, Path(out.recovery))


run(main, snakemake)
