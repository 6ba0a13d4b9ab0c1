"""Profiles of the scales of every model of one outcome that has any."""

from pathlib import Path

import pandas as pd
from _job import run

from enem.atomic import write_csv
from enem.batch.designs import make_tables
from enem.mixed.estimates import maximum_a_posteriori, maximum_likelihood
from enem.mixed.priors import parse_priors
from enem.mixed.profile import scale_profiles
from enem.mixed.specification import specifications
from enem.tabulate.sums import collapse_to_sums


def main(snakemake):
    p, inp = snakemake.params, snakemake.input
    rows = pd.read_parquet(inp.sample)
    cells, income = pd.read_csv(inp.cells), pd.read_csv(inp.income)
    priors, specs = parse_priors(p.priors), specifications(p.formulas)
    for path in map(Path, snakemake.output):
        spec = specs[path.parent.name]
        tables = make_tables(spec, collapse_to_sums(rows, spec.carried), cells, income)
        maxima = (find(spec, tables, priors) for find in (maximum_likelihood, maximum_a_posteriori))
        write_csv(scale_profiles(*maxima), path)


run(main, snakemake)
