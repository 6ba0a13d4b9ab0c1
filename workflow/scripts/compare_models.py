"""Tables that put estimators, models and groups of every analysis of one edition side by side."""

from pathlib import Path

from _job import run

from enem.batch.artefacts import CHECK, COMPARE, ESTIMATE, FIT, OF_MODEL, OF_OUTCOME, files
from enem.batch.cells import cell_files
from enem.batch.places import places
from enem.batch.stage import Stage, Task


def main(snakemake):
    p, truth = snakemake.params, list(map(Path, snakemake.input.truth))

    def ready():
        # imported here: a run that finds every table done needs no ArviZ
        from enem.compare.analysis import compare_analysis

        def compare(place):
            compare_analysis(place, p.models, p.mass, p.thresholds, truth, p.population, p.effects)

        return compare

    def task(place):
        models = [place.inside(model) for model in p.models]
        read = [f for m in models for s in (FIT, ESTIMATE, CHECK) for f in files(m, OF_MODEL[s])]
        inputs = [*read, *cell_files(place), place.file("sample.parquet"), *truth]
        made = [f for m in models for f in files(m, OF_MODEL[COMPARE])]
        outputs = [*files(place, OF_OUTCOME[COMPARE]), *made]
        return Task(place, inputs, outputs, after=[m.record(CHECK) for m in models])

    tasks = [task(place) for place in places(Path(p.store), p.states, p.outcomes)]
    stage, receipt = Stage(COMPARE, p.made_with), Path(snakemake.output.receipt)
    stage.run(tasks, ready, receipt, snakemake.threads)


run(main, snakemake)
