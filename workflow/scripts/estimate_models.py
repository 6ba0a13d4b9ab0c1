"""Point estimates of every configured model of every analysis of one edition."""

import json
from pathlib import Path

from _job import run

from enem.atomic import replacing
from enem.batch.artefacts import ESTIMATE, OF_MODEL, TABULATE, files
from enem.batch.cells import cell_files, grid_of
from enem.batch.places import places
from enem.batch.stage import Stage, Task
from enem.editions import edition_named
from enem.estimate.record import estimates_record
from enem.models.priors import parse_priors
from enem.models.specification import SPECIFICATIONS
from enem.tabulate.income import alternative_incomes


def main(snakemake):
    p = snakemake.params
    priors = parse_priors(p.priors)
    alternatives = alternative_incomes(edition_named(snakemake.wildcards.edition), p.income)

    def estimate(place):
        spec = SPECIFICATIONS[place.model]
        record = estimates_record(spec, grid_of(place), priors, alternatives)
        with replacing(place.file("point_estimates.json")) as partial:
            partial.write_text(json.dumps(record, indent=2, allow_nan=False) + "\n")

    def task(place):
        outputs = files(place, OF_MODEL[ESTIMATE])
        return Task(place, cell_files(place), outputs, after=[place.above(1).record(TABULATE)])

    tasks = [task(place) for place in places(Path(p.store), p.states, p.outcomes, p.models)]
    stage, receipt = Stage(ESTIMATE, p.made_with), Path(snakemake.output.receipt)
    stage.run(tasks, lambda: estimate, receipt, snakemake.threads)


run(main, snakemake)
