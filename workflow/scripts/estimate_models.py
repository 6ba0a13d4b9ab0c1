"""Point estimates and scale profiles of every configured model of one outcome."""

import json
from pathlib import Path

from _job import run

from enem.atomic import replacing, write_csv
from enem.editions import edition_named
from enem.estimate.profile import scale_profiles
from enem.estimate.record import estimates_record, posterior_optimum
from enem.models.cells import read_grid
from enem.models.priors import parse_priors
from enem.models.specification import SPECIFICATIONS
from enem.tabulate.income import alternative_incomes


def main(snakemake):
    p, out = snakemake.params, snakemake.output
    grid = read_grid(Path(snakemake.input.cells), Path(snakemake.input.income))
    priors = parse_priors(p.priors)
    alternatives = alternative_incomes(edition_named(snakemake.wildcards.edition), p.income)
    for name, path in zip(p.models, out.records, strict=True):
        record = estimates_record(SPECIFICATIONS[name], grid, priors, alternatives)
        with replacing(Path(path)) as partial:
            partial.write_text(json.dumps(record, indent=2, allow_nan=False) + "\n")
    for path in map(Path, out.get("profiles", [])):
        objective, optimum = posterior_optimum(SPECIFICATIONS[path.parent.name], grid, priors)
        write_csv(scale_profiles(objective, optimum), path)


run(main, snakemake)
