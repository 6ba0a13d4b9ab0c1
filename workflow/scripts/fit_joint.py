"""Fit the five scores of one state together."""

import json
from pathlib import Path

import pandas as pd
from _job import run

from enem.atomic import write_csv
from enem.check.convergence import convergence_checks
from enem.check.model import too_few_groups
from enem.check.summary import summarise
from enem.check.verdict import require_convergence, write_checks
from enem.compare.correlations import correlation_table
from enem.mixed.fit import fit
from enem.mixed.priors import parse_priors
from enem.mixed.settings import SamplerSettings
from enem.mixed.specification import five_scores
from enem.mixed.tables import Tables
from enem.netcdf import write_tree
from enem.provenance import package_versions, settings_digest
from enem.tabulate.cells import SCHOOL_TYPES_BY_RULE


def main(snakemake):
    p, inp, out = snakemake.params, snakemake.input, snakemake.output
    settings, mass = p.settings, p.settings["interval"]["mass"]
    labels = {"school_type": SCHOOL_TYPES_BY_RULE[p.school_type]}
    sums, income = pd.read_parquet(inp.sums), pd.read_csv(inp.income)
    design = Tables(sums, income, labels).design(five_scores(settings["levels"]))
    sampler = SamplerSettings(**settings["sampler"])
    tree = fit(design, parse_priors(settings["priors"]), sampler, snakemake.threads)
    posterior, statistics = (tree[name].to_dataset() for name in ("posterior", "sample_stats"))
    summary, limits = summarise(posterior, mass), settings["checks"]
    provenance = {
        **dict(snakemake.wildcards.items()),
        "model": "joint",
        "formula": design.spec.formula.text,
        "data_sha256": json.loads(Path(inp.report).read_text())["zip_sha256"],
        "config_sha256": settings_digest(settings),
        **settings,
        "versions": package_versions(),
    }
    write_tree(tree, Path(out.posterior), provenance)
    write_csv(summary, Path(out.summary))
    write_csv(correlation_table(posterior, design, mass), Path(out.correlations))
    found = convergence_checks(summary, statistics, limits)
    write_checks([*found, *too_few_groups(design)], Path(out.checks))
    require_convergence(Path(out.checks), limits["on_convergence_failure"])


run(main, snakemake)
