"""Everything that the report says about how estimators relate, for one outcome."""

import json
from pathlib import Path

import pandas as pd
from _job import run

from enem.atomic import write_csv
from enem.batch.designs import make_tables
from enem.estimation.study import Study, study_tables
from enem.mixed.priors import parse_priors
from enem.mixed.specification import specifications
from enem.netcdf import read_tree
from enem.tabulate.sums import collapse_to_sums


def main(snakemake):
    p, inp, out = snakemake.params, snakemake.input, snakemake.output
    rows = pd.read_parquet(inp.sample)
    cells, income = pd.read_csv(inp.cells), pd.read_csv(inp.income)
    configured = specifications(p.formulas)
    specs = {name: configured[name] for name in p.models}

    def tables(spec):
        return make_tables(spec, collapse_to_sums(rows, spec.carried), cells, income)

    study = Study(
        rows=rows,
        specs=specs,
        tables={name: tables(spec) for name, spec in specs.items()},
        priors=parse_priors(p.priors),
        mass=p.mass,
        seed=p.seed,
        smallest_group=p.smallest_group,
        records={m: json.loads(Path(r).read_text()) for m, r in _by_model(p.models, inp.records)},
        summaries={m: pd.read_csv(s) for m, s in _by_model(p.models, inp.summaries)},
        loo={m: pd.read_parquet(f) for m, f in _by_model(p.models, inp.loo)},
        levels={m: _levels(f) for m, f in _by_model(p.models, inp.posteriors)},
        profiles={Path(f).parent.name: pd.read_csv(f) for f in inp.get("profiles", [])},
    )
    paths = {Path(path).stem: Path(path) for path in out.tables}
    for name, table in study_tables(study).items():
        write_csv(table, paths[name])


def _by_model(models, paths):
    return zip(models, paths, strict=True)


def _levels(path):
    return read_tree(Path(path))["levels"].to_dataset()


run(main, snakemake)
