"""Tabulate every state of one edition."""

from pathlib import Path

import pandas as pd
from _job import run

from enem.atomic import write_csv, write_parquet
from enem.batch.artefacts import OF_OUTCOME, OF_STATE, TABULATE, files
from enem.batch.chunk import Chunk
from enem.batch.stage import Stage, Task
from enem.editions import edition_named
from enem.mixed.specification import specifications
from enem.municipal.incomes import municipal_incomes, read_counts
from enem.tabulate.applications import applications_table
from enem.tabulate.income import bracket_table, income_table
from enem.tabulate.population import PopulationSettings
from enem.tabulate.release import load_with_factors, tabulate_outcome


def main(snakemake):
    p, inp, chunk = snakemake.params, snakemake.input, Chunk.of(snakemake.output)
    participants, report, given = Path(inp.participants), Path(inp.report), p.made_with
    edition = edition_named(snakemake.wildcards.edition)
    income = income_table(edition, given["income"])

    specs = specifications(p.formulas)
    brackets = bracket_table(edition, given["income"])
    municipal = [municipal_incomes(read_counts(Path(of)), brackets) for of in inp.incomes]
    factors = list(dict.fromkeys(name for spec in specs.values() for name in spec.carried))

    def tabulate(place):
        settings = PopulationSettings(place.state, given["state_by"], **given["population"])
        rows = load_with_factors(participants, settings, p.outcomes, edition, factors, *municipal)
        flows, presence = [], []
        for outcome in p.outcomes:
            brackets = income["income_bracket"].tolist()
            table = tabulate_outcome(rows, report, settings, outcome, brackets, factors)
            flows.append(table.flow)
            presence.append(table.presence)
            inside = place.inside(outcome)
            write_csv(table.cells, inside.file("cells.csv"))
            write_csv(table.histogram, inside.file("score_distribution.csv"))
            for name in ("sums", "sample"):
                write_parquet(getattr(table, name), inside.file(f"{name}.parquet"))
        write_csv(pd.concat(flows), place.file("sample_flow.csv"))
        write_csv(pd.concat(presence), place.file("presence.csv"))
        counts = applications_table(rows, settings, p.outcomes)
        write_csv(counts, place.file("applications.csv"))
        write_csv(income, place.file("income.csv"))

    def task(place):
        inside = [f for o in p.outcomes for f in files(place.inside(o), OF_OUTCOME[TABULATE])]
        outputs = [*files(place, OF_STATE[TABULATE]), *inside]
        read = [participants, report, *map(Path, inp.incomes)]
        return Task(place, read, outputs, after=[], own=repr(factors))

    tasks = [task(place) for place in chunk.places()]
    Stage(TABULATE, given).run(tasks, lambda: tabulate, chunk)


run(main, snakemake)
