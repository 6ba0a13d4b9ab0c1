"""Tables that put estimators, models and groups of every analysis of one edition side by side."""

from pathlib import Path

from _job import run

from enem.batch.artefacts import CHECK, COMPARE, ESTIMATE, FIT, OF_MODEL, OF_OUTCOME, files
from enem.batch.chunk import Chunk
from enem.batch.designs import design_files
from enem.batch.stage import Stage, Task
from enem.mixed.specification import specifications


def main(snakemake):
    p, chunk = snakemake.params, Chunk.of(snakemake.output)
    given, truth = p.made_with, list(map(Path, snakemake.input.truth))
    of_formulas = specifications(p.formulas)
    specs = {model: of_formulas[model] for model in p.models}

    def ready():
        # imported here: a run that finds every table done needs no ArviZ
        from enem.compare.analysis import compare_analysis

        def compare(place):
            compare_analysis(
                *(place, specs, given["interval"]["mass"], given["checks"], truth),
                *(given["population"], given["effects"], given["smallest_group"]),
            )

        return compare

    def task(place):
        models = [place.inside(model) for model in p.models]
        read = [f for m in models for s in (FIT, ESTIMATE, CHECK) for f in files(m, OF_MODEL[s])]
        inputs = [*read, *design_files(models[0]), place.file("sample.parquet"), *truth]
        made = [f for m in models for f in files(m, OF_MODEL[COMPARE])]
        outputs = [*files(place, OF_OUTCOME[COMPARE]), *made]
        return Task(place, inputs, outputs, after=[m.record(CHECK) for m in models])

    tasks = [task(place) for place in chunk.places(p.outcomes)]
    Stage(COMPARE, given).run(tasks, ready, chunk, snakemake.threads)


run(main, snakemake)
