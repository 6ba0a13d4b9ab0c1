"""Point estimates of every configured model of every analysis of one edition."""

from _job import run

from enem.atomic import write_json
from enem.batch.artefacts import ESTIMATE, OF_MODEL, TABULATE, files
from enem.batch.chunk import Chunk
from enem.batch.designs import design_files, tables_of
from enem.batch.stage import Stage, Task
from enem.editions import edition_named
from enem.mixed.priors import parse_priors
from enem.mixed.specification import specifications
from enem.tabulate.income import alternative_incomes


def main(snakemake):
    p, chunk = snakemake.params, Chunk.of(snakemake.output)
    given, specs = p.made_with, specifications(p.formulas)
    priors = parse_priors(given["priors"])
    alternatives = alternative_incomes(edition_named(snakemake.wildcards.edition), given["income"])

    def ready():
        # imported here: a run that finds every estimate made needs no compiled density
        from enem.mixed.estimates import estimates_record

        def estimate(place):
            spec = specs[place.model]
            record = estimates_record(spec, tables_of(place, spec), priors, alternatives)
            write_json(record, place.file("point_estimates.json"))

        return estimate

    def task(place):
        outputs = files(place, OF_MODEL[ESTIMATE])
        after = [place.above(1).record(TABULATE)]
        return Task(place, design_files(place), outputs, after, specs[place.model].text)

    tasks = [task(place) for place in chunk.places(p.outcomes, p.models)]
    Stage(ESTIMATE, given).run(tasks, ready, chunk, snakemake.threads)


run(main, snakemake)
