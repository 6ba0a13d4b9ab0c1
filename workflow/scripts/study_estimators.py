"""Everything that the report says about how estimators relate, for one outcome."""

import json
from pathlib import Path

import pandas as pd
from _job import run

from enem.atomic import write_csv
from enem.estimation.study import Study, study_tables
from enem.models.cells import read_grid
from enem.models.priors import parse_priors


def main(snakemake):
    p, inp, out = snakemake.params, snakemake.input, snakemake.output
    study = Study(
        grid=read_grid(Path(inp.cells), Path(inp.income)),
        rows=pd.read_parquet(inp.sample),
        priors=parse_priors(p.priors),
        mass=p.mass,
        seed=p.seed,
        records={m: json.loads(Path(r).read_text()) for m, r in _by_model(p.models, inp.records)},
        summaries={m: pd.read_csv(s) for m, s in _by_model(p.models, inp.summaries)},
        loo={m: pd.read_parquet(f) for m, f in _by_model(p.models, inp.loo)},
        profiles={Path(f).parent.name: pd.read_csv(f) for f in inp.get("profiles", [])},
    )
    paths = {Path(path).stem: Path(path) for path in out.tables}
    for name, table in study_tables(study).items():
        write_csv(table, paths[name])


def _by_model(models, paths):
    return zip(models, paths, strict=True)


run(main, snakemake)
