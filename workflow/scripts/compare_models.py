"""Tables that put estimators, models and groups of every analysis of one edition side by side."""

from pathlib import Path

from _job import run

from enem.batch.artefacts import CHECK, COMPARE, ESTIMATE, FIT, OF_MODEL, OF_OUTCOME, files
from enem.batch.designs import design_files
from enem.batch.places import places
from enem.batch.stage import Stage, Task
from enem.mixed.specification import specifications


def main(snakemake):
    p, truth = snakemake.params, list(map(Path, snakemake.input.truth))
    of_formulas = specifications(p.formulas)
    specs = {model: of_formulas[model] for model in p.models}

    def ready():
        # imported here: a run that finds every table done needs no ArviZ
        from enem.compare.analysis import compare_analysis

        def compare(place):
            given = (p.mass, p.thresholds, truth, p.population, p.effects, p.smallest_group)
            compare_analysis(place, specs, *given)

        return compare

    def task(place):
        models = [place.inside(model) for model in p.models]
        read = [f for m in models for s in (FIT, ESTIMATE, CHECK) for f in files(m, OF_MODEL[s])]
        inputs = [*read, *design_files(models[0]), place.file("sample.parquet"), *truth]
        made = [f for m in models for f in files(m, OF_MODEL[COMPARE])]
        outputs = [*files(place, OF_OUTCOME[COMPARE]), *made]
        return Task(place, inputs, outputs, after=[m.record(CHECK) for m in models])

    tasks = [task(place) for place in places(Path(p.store), p.states, p.outcomes)]
    stage, receipt = Stage(COMPARE, p.made_with), Path(snakemake.output.receipt)
    stage.run(tasks, ready, receipt, snakemake.threads)


run(main, snakemake)
