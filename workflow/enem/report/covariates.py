"""What the models with covariates found."""

from collections.abc import Iterator, Mapping
from typing import Any

from enem.figures.names import by_school_type
from enem.report.artefacts import OutcomeArtefacts
from enem.report.groups import Groups
from enem.report.locale import named
from enem.report.phrases import COUNT, Message, Number, Phrase, message
from enem.report.tables import Table
from enem.report.verdicts import wider_verdict
from enem.wide.names import COVARIATES


def section(outcome: OutcomeArtefacts, groups: Groups) -> dict[str, Any] | None:
    """Select what the page shows of the widest model with covariates; None without covariates.

    Parameters
    ----------
    outcome
        Its tables.
    groups
        Groups and levels that are too small are not shown one by one.
    """
    if outcome.adjustment is None:
        return None
    models = [model.name for model in outcome.models]
    widest = (by_school_type(models) or models)[-1]
    return {
        "model": widest,
        "said": list(_said(outcome.adjustment, widest, groups)),
        "covariates": list(_covariates(outcome.adjusted[widest], groups)),
        "verdict": wider_verdict(outcome.adjusted_checks.values()),
    }


def _said(table: Table, model: str, groups: Groups) -> Iterator[Message]:
    if groups.comparable() and table.having(model=model, effect="gap_at_equal_income"):
        yield message("covariates.gap", **_both(table, model, "gap_at_equal_income", "all"))
    group = groups.largest()
    if group and table.having(model=model, effect="income_doubling", group=group):
        both = _both(table, model, "income_doubling", group)
        yield message("covariates.slope", group=named("school", group), **both)


def _both(table: Table, model: str, effect: str, group: str) -> dict[str, Number]:
    where = {"model": model, "effect": effect, "group": group}
    return {
        f"{version}_{column}": table.number(column, covariates=version, **where)
        for version in ("without", "with")
        for column in ("mean", "interval_low", "interval_high")
    }


def _covariates(table: Table, groups: Groups) -> Iterator[dict[str, Any]]:
    """Give each covariate's levels, which are measured from the same reference."""
    for name in COVARIATES:
        levels = table.having(effect=name)
        if levels:
            yield {
                "name": named("covariate", name),
                "reference": named("level", levels[0]["contrast"].rpartition(" minus ")[2]),
                "rows": [_level(table, row, groups) for row in levels],
            }


def _level(table: Table, row: Mapping[str, Any], groups: Groups) -> dict[str, Phrase | None]:
    where = {"effect": row["effect"], "group": row["group"]}
    few = row["n"] < groups.smallest.value
    return {
        "level": named("level", str(row["group"])),
        "hidden": message("group.few", smallest=groups.smallest) if few else None,
        "n": table.number("n", COUNT, **where),
        "mean": table.number("mean", **where),
        "low": table.number("interval_low", **where),
        "high": table.number("interval_high", **where),
    }
