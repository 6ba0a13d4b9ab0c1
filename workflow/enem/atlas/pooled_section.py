"""The page's section on partial pooling: figures, and sentences whose numbers are in the tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from enem.atlas import levels, shrinkage
from enem.atlas.drawing import Drawn, in_page
from enem.atlas.pooled import FILES, OWN, PREDICTED, Pooled
from enem.atlas.subject import Subject
from enem.language.phrases import COUNT, PERCENT, SHARE, Message, Number, Verbatim, message


@dataclass(frozen=True)
class Section:
    """What pooling says of one measure and outcome.

    Attributes
    ----------
    said
        Sentences; one alone where there is nothing to pool.
    verdicts
        Whether each check with a threshold passed, and a sentence.
    drawn
        Figures.
    """

    said: tuple[Message, ...]
    verdicts: tuple[tuple[bool, Message], ...] = ()
    drawn: tuple[Drawn, ...] = ()


def pooled_section(pooled: Pooled, subject: Subject, folder: Path) -> Section:
    """Say and draw one measure and outcome for the page in `folder`; or that nothing is pooled."""
    measure, outcome = subject.measure, subject.outcome
    own = pooled.of(measure, outcome)
    if own.pooled.empty:
        nothing = message(
            "Fewer than two analyses of single states have this number (the whole country "
            "does not count here), so there is nothing to pool."
        )
        return Section((nothing,))
    where = f"measure={measure.name};outcome={outcome}"
    said = (*_scales(own, where), *_shrinkage(own, where))
    drawn = tuple(_figures(own, subject, folder))
    return Section(said, tuple(_verdicts(own, where)), drawn)


def _scales(own: Pooled, where: str) -> Iterator[Message]:
    for row in own.scales.to_dict("records"):
        source = f"{FILES['scales']}.csv:{where};parameter={row['parameter']}"
        columns = {"mean": "mean", "low": "interval_low", "high": "interval_high"}
        numbers = {
            name: Number(row[column], f"{source}:{column}") for name, column in columns.items()
        }
        yield message(f"pooled.{row['parameter']}", **numbers)


def _shrinkage(own: Pooled, where: str) -> Iterator[Message]:
    """Name the analysis that moves the most, and count those that are predicted."""
    table = own.pooled
    most = table.loc[table["shrinkage"].astype(float).idxmax()]
    source = f"{FILES['pooled']}.csv:{where};edition={most['edition']};state={most['state']}"
    year = most["edition"]
    simulated = year == "simulated"
    yield message(
        "The most shrunken estimate is that {of_state}, {edition}: {share} of it comes from "
        "the other analyses.",
        share=Number(float(most["shrinkage"]), f"{source}:shrinkage", PERCENT),
        of_state=message(f"of_state.{most['state']}"),
        edition=message("simulated") if simulated else message("ENEM {year}", year=Verbatim(year)),
    )
    count = int((table["basis"] == PREDICTED).sum())
    if count:
        name = f"{FILES['pooled']}.csv:{where};basis={PREDICTED}:count(state)"
        yield message(
            "Analyses without a number of their own (nobody, or too few to be shown): "
            "{count}. For them the model gives a prediction from the others, marked as such; "
            "it says nothing of their participants.",
            count=Number(count, name, COUNT),
        )


def _verdicts(own: Pooled, where: str) -> Iterator[tuple[bool, Message]]:
    for row in own.checks.to_dict("records"):
        pattern = COUNT if row["name"] == "ess" else SHARE
        source = f"{FILES['checks']}.csv:{where};name={row['name']}"
        values = {
            column: Number(row[column], f"{source}:{column}", pattern)
            for column in ("value", "threshold")
            if not pd.isna(row[column])
        }
        failed = not pd.isna(row["passed"]) and not row["passed"]
        yield not failed, message(f"pooled.check.{row['name']}", **values)


def _figures(own: Pooled, subject: Subject, folder: Path) -> Iterator[Drawn]:
    newest = max(own.pooled["edition"])
    rows = own.pooled[own.pooled["edition"] == newest]
    if _several(rows["state"]) and (rows["basis"] == OWN).any():
        draw = partial(shrinkage.draw, rows, newest, subject)
        yield in_page(subject, "shrinkage", newest, draw, rows, folder)
    states = own.effects[own.effects["term"] == "state"]
    if _several(states["level"]) and _several(own.pooled["edition"]):
        draw = partial(levels.draw, states, own.pooled["edition"].unique(), subject)
        yield in_page(subject, "levels", None, draw, states, folder)


def _several(names: Sequence[str]) -> bool:
    return len(set(names)) > 1
