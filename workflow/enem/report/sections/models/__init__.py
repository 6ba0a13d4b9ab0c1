"""Models held against each other: what they expect of participants, and groups, left out."""

from dataclasses import dataclass

from enem.language import named
from enem.language.phrases import POINTS, SHARE, Message, Number, Phrase, Verbatim, message
from enem.report.artefacts import OutcomeArtefacts

CLOSE = 4.0
"""Nats below which an error does not tell how likely a difference is (Sivula, Magnusson, Matamoros
& Vehtari, Bayesian Analysis (2025))."""

FEW = "groups < 100"
NOTES = {
    FEW: "too few groups for a reliable standard error",
    "|elpd_diff| < 4": "too small a difference for a reliable standard error",
}
"""Messages for what the table notes of a difference between models."""

KINDS = {"participant": ("elpd", "elpd_diff", "diff_se")}
KINDS["group"] = tuple(f"{column}_group" for column in KINDS["participant"])
"""Columns of the table by what is left out."""


def ranked_models(outcome: OutcomeArtefacts) -> list[str]:
    """Names of the models, the best predicting first."""
    return [row["model"] for row in sorted(outcome.comparison.rows, key=lambda row: row["rank"])]


def comparison_messages(outcome: OutcomeArtefacts) -> list[Message]:
    """Say which model predicts best those left out, and whether the next is worse beyond doubt."""
    ranked = ranked_models(outcome)
    if len(ranked) == 1:
        return [
            message(
                "Only one model was fitted ({model}), so there is nothing to compare it with.",
                model=named("model", ranked[0]),
            )
        ]
    return [_compared(outcome, kind) for kind in KINDS]


def _compared(outcome: OutcomeArtefacts, kind: str) -> Message:
    table, (elpd, difference, error) = outcome.comparison, KINDS[kind]
    ranked = sorted(table.rows, key=lambda row: -row[elpd])
    best = ranked[0]["model"]
    # the table has differences from the model that is best at participants
    first = ranked_models(outcome)[0]
    other = first if best != first else ranked[1]["model"]
    row = best if best != first else other
    names = {"best": named("model", best), "next": named("model", other)}
    numbers = {
        "difference": table.number(difference, POINTS, model=row),
        "error": table.number(error, POINTS, model=row),
    }
    if numbers["error"] is None:
        return message(f"comparison.{kind}.no_error", **names, difference=numbers["difference"])
    off = abs(numbers["difference"].value)
    clear = "clear" if off > max(CLOSE, 2 * numbers["error"].value) else "unclear"
    judged = "few" if FEW in table.column("note") else clear
    return message(f"comparison.{kind}.{judged}", **names, **numbers)


@dataclass(frozen=True)
class ComparisonRow:
    """One model of the comparison."""

    model: str
    numbers: tuple[Number | None, ...]
    note: Phrase | None


COLUMNS = {
    "elpd": POINTS,
    "se": POINTS,
    "elpd_diff": POINTS,
    "diff_se": POINTS,
    "elpd_diff_group": POINTS,
    "diff_se_group": POINTS,
    "weight": SHARE,
    "pareto_k_max": SHARE,
}


def comparison_rows(outcome: OutcomeArtefacts) -> list[ComparisonRow]:
    """List the models, the best first."""
    table, rows = outcome.comparison, []
    for model in ranked_models(outcome):
        numbers = tuple(table.number(c, p, model=model) for c, p in COLUMNS.items())
        note = table.column("note", model=model)[0]
        rows.append(ComparisonRow(model, numbers, _note(note)))
    return rows


def _note(note: str | None) -> Phrase | None:
    if not note:
        return None
    return message(NOTES[note]) if note in NOTES else Verbatim(note)
