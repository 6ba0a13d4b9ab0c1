"""Slopes on municipalities' incomes beside those on people's, of every outcome of one state."""

from pathlib import Path

import pandas as pd
from _job import run

from enem.atomic import write_csv
from enem.editions import edition_named
from enem.mixed.priors import parse_priors
from enem.municipal.incomes import municipal_incomes, read_counts
from enem.municipal.people import people_of
from enem.municipal.slopes import municipal_means, municipal_slopes
from enem.tabulate.cells import SCHOOL_TYPES_BY_RULE
from enem.tabulate.income import bracket_table
from enem.tabulate.population import PopulationSettings


def main(snakemake):
    p, inp, out, w = snakemake.params, snakemake.input, snakemake.output, snakemake.wildcards
    edition = edition_named(w.edition)
    settings = PopulationSettings(w.state, p.state_by, **p.population)
    incomes = municipal_incomes(read_counts(Path(inp.incomes)), bracket_table(edition, p.income))
    samples = people_of(Path(inp.participants), settings, p.outcomes, edition, incomes)
    types, priors = SCHOOL_TYPES_BY_RULE[settings.school_type], parse_priors(p.priors)
    income = pd.read_csv(inp.income)
    for sample, slopes, places in zip(samples, out.slopes, out.municipalities, strict=True):
        given = (income, types, p.levels, priors, p.mass)
        write_csv(municipal_slopes(sample, *given), Path(slopes))
        write_csv(municipal_means(sample, incomes, p.smallest_group), Path(places))


run(main, snakemake)
