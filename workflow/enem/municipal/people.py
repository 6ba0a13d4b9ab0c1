"""The participants of each outcome with the incomes of the municipality where they sat the exam."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from enem.editions import Edition
from enem.municipal.counts import CODE
from enem.municipal.incomes import with_municipal_incomes
from enem.tabulate.population import PopulationSettings, select_sample
from enem.tabulate.release import load_participants


def people_of(
    path: Path,
    settings: PopulationSettings,
    outcomes: Sequence[str],
    edition: Edition,
    incomes: pd.DataFrame,
) -> Iterator[pd.DataFrame]:
    """Yield the sample of each outcome.

    Parameters
    ----------
    path
        The converted release.
    settings, outcomes, edition
        As in `enem.tabulate.release.load_participants`.
    incomes
        Of `enem.municipal.incomes.municipal_incomes`.

    Yields
    ------
    pandas.DataFrame
        Columns of `enem.tabulate.population.select_sample`, the code of the exam's municipality and
        the variables of its incomes; without rows where the file has no such codes.
    """
    told = CODE in pq.read_schema(path).names
    rows = load_participants(path, settings, outcomes, edition, [CODE] if told else [])
    for outcome in outcomes:
        sample, _ = select_sample(rows, len(rows), 0, settings, outcome, [CODE] if told else [])
        if not told:
            sample = sample.iloc[:0].assign(**{CODE: pd.Series(dtype="Int64")})
        yield with_municipal_incomes(sample, CODE, incomes)
