"""The real state of the implementations study: every participant of Acre in 2019."""

import tempfile
from pathlib import Path

import pandas as pd

from enem.convert.release import convert_release
from enem.editions import edition_named
from enem.models.cells import CellGrid, grid_from_table
from enem.tabulate.income import income_table
from enem.tabulate.population import PopulationSettings
from enem.tabulate.release import load_participants, tabulate_outcome
from studies.validation.setting import EDITION, income_settings

FILE = "microdados_enem_2019_AC.zip"
POPULATION = PopulationSettings("AC", "exam", "enrolled", "exclude", "exclude", "keep")


def read_state(microdata: Path) -> tuple[pd.DataFrame, CellGrid]:
    """Convert and tabulate the state as the workflow does.

    Returns
    -------
    tuple
        Participants ``school_type, income_bracket, score, x``, and their cells.
    """
    edition = edition_named(EDITION)
    income = income_table(edition, income_settings())
    brackets = income["income_bracket"].tolist()
    with tempfile.TemporaryDirectory() as folder:
        participants, report = Path(folder) / "participants.parquet", Path(folder) / "report.json"
        convert_release(microdata / FILE, EDITION, participants, report)
        rows = load_participants(participants, POPULATION, ["mean"], edition)
        table = tabulate_outcome(rows, report, POPULATION, "mean", brackets)
    x = income.set_index("income_bracket")["x"]
    sample = table.sample.assign(x=x.loc[table.sample["income_bracket"]].to_numpy())
    return sample, grid_from_table(table.cells, income)
