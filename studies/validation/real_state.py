"""The real state of the studies: every participant of Acre in 2019."""

import tempfile
from pathlib import Path

import pandas as pd

from enem.check.verdict import Check
from enem.convert.release import convert_release
from enem.editions import edition_named
from enem.tabulate.population import PopulationSettings
from enem.tabulate.release import load_participants, tabulate_outcome
from studies.validation.setting import EDITION, REPOSITORY, income
from studies.validation.study import Study

FILE = "microdados_enem_2019_AC.zip"
BESIDE = REPOSITORY.parent / "shared" / "microdata"
"""Where the state's zip lies beside a developer's checkout, never inside it."""
POPULATION = PopulationSettings("AC", "exam", "enrolled", "exclude", "exclude", "keep")


def absent(microdata: Path) -> Study | None:
    """A study that judges nothing where the state's file is not there; else None."""
    if (microdata / FILE).is_file():
        return None
    message = f"Not judged: {FILE} is not in {microdata.name}, beside this checkout."
    return Study([Check("real_state", None, None, None, message)], {}, {})


def read_state(microdata: Path) -> pd.DataFrame:
    """Convert and tabulate the state as the workflow does.

    Returns
    -------
    pandas.DataFrame
        Participants ``municipality, school, school_type, income_bracket, score, x``.
    """
    edition = edition_named(EDITION)
    with tempfile.TemporaryDirectory() as folder:
        participants, report = Path(folder) / "participants.parquet", Path(folder) / "report.json"
        convert_release(microdata / FILE, EDITION, participants, report)
        rows = load_participants(participants, POPULATION, ["mean"], edition)
        brackets = income()["income_bracket"].tolist()
        sample = tabulate_outcome(rows, report, POPULATION, "mean", brackets).sample
    x = income().set_index("income_bracket")["x"]
    return sample.assign(x=x.loc[sample["income_bracket"]].to_numpy())
