"""What the technical page shows: everything behind the story."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from enem.compare.quantities import headline
from enem.language import TAGS, language
from enem.language.phrases import PERCENT, Day, Number, Verbatim, message
from enem.report import effects
from enem.report.artefacts import Artefacts, FigureArtefacts, OutcomeArtefacts
from enem.report.groups import Groups
from enem.report.sections import (
    checklist,
    checks,
    estimates,
    estimation,
    models,
    municipal,
    reproduce,
    sample,
    schools,
    sensitivity,
)
from enem.report.sections.answer import answer
from enem.report.sections.estimates import maximum
from enem.report.sections.explore import Exploration, explore, profile_tables
from enem.report.sections.explore.chart import static_chart
from enem.report.sections.explore.chart_data import chart_data
from enem.report.sections.methods.formulas import formula_row
from enem.report.sections.methods.priors import correlation_prior, prior_rows

SECTIONS = (
    *("answer", "sample", "explore", "models", "schools", "municipal", "estimates"),
    *("checks", "sensitivity"),
    *("estimation", "joint", "limits", "methods", "checklist", "reproduce"),
)

Drawn = Mapping[str, FigureArtefacts]


def technical_of(
    outcome: OutcomeArtefacts, groups: Groups, artefacts: Artefacts
) -> tuple[dict[str, Any], Drawn]:
    """Select what the templates show of one outcome, and its figures by name and language."""
    settings = artefacts.settings
    mass = settings.number("interval.mass", PERCENT)
    explored, charts = _explored(outcome, groups, artefacts)
    shown = {
        "name": outcome.name,
        "participants": outcome.cells.total("n"),
        "answer": answer(outcome, groups, settings),
        "comparable": groups.comparable(),
        "main": outcome.main.name,
        "scopes": {m.name: headline(m.spec) for m in outcome.models},
        **explored,
        "effects": {m.name: effects.effect_rows(m, groups) for m in outcome.models},
        "comparison": models.comparison_messages(outcome),
        "compared": models.comparison_rows(outcome),
        "schools": schools.section(outcome, groups, mass),
        "municipal": municipal.section(outcome),
        "flow": sample.flow_rows(artefacts.flow, outcome.name, artefacts.state),
        "groups": sample.group_rows(outcome, groups),
        "estimates": {m.name: estimates.estimate_rows(m, groups) for m in outcome.models},
        "least_squares": maximum.least_squares_message(outcome, artefacts.income),
        "tau_rows": maximum.tau_rows(outcome),
        "study": estimation.findings(outcome, groups, settings),
        "sensitivity": sensitivity.context(outcome, groups) if outcome.has_income else None,
        "verdict": checks.overall_verdict(outcome.models),
        "checks": {m.name: checks.check_rows(m) for m in outcome.models},
        "made_with": {m.name: m.made_with for m in outcome.models},
        "recovery": estimates.recovery_rows(outcome, groups),
        "recovered": estimates.recovery_message(outcome.recovery, mass),
    }
    return shown, {**outcome.figures, **charts}


def shared_context(
    artefacts: Artefacts, explored: Mapping[str, Exploration], together: bool
) -> dict[str, Any]:
    """Select what all outcomes have in common; `together` is whether scores were fitted at once."""
    settings = artefacts.settings
    return {
        "explored": explored,
        "explore_data": chart_data(explored, artefacts) if explored else None,
        "known_checks": checks.known_checks(artefacts.outcomes),
        "checklist": checklist.items(artefacts),
        "brackets": sample.bracket_rows(artefacts.income),
        "formulas": [formula_row(model) for model in artefacts.outcomes[0].models],
        "priors": prior_rows(settings, artefacts.outcomes[0].specs, together),
        "correlation_prior": correlation_prior(settings) if together else None,
        "config": reproduce.reproducible_settings(artefacts),
        "config_name": Verbatim(reproduce.CONFIG),
        "source": reproduce.public_source(artefacts.record.value("source")),
        "local": reproduce.is_local(artefacts),
        "server_date": server_date(artefacts),
        "versions": reproduce.versions(artefacts),
    }


def _explored(
    outcome: OutcomeArtefacts, groups: Groups, artefacts: Artefacts
) -> tuple[dict[str, Any], Drawn]:
    """Predict profiles, and draw them for those whose browser cannot."""
    income, mass = artefacts.income, artefacts.settings.value("interval.mass")
    made = explore(outcome, groups, income, mass)
    if made is None:
        return {"explored": None}, {}
    shown = {
        "explored": made,
        "profile_rows": profile_tables.profile_rows(made, income),
        "gap_rows": profile_tables.gap_rows(made, income),
    }
    drawn = {code: static_chart(made, income, language(code)) for code in TAGS}
    said = message("figure.profiles", mass=Number(mass, "config.yaml::interval.mass", PERCENT))
    return shown, {"profiles": FigureArtefacts(drawn, None, said, False, {})}


def server_date(artefacts: Artefacts) -> Day | None:
    """Return the day on which the server says that the zip last changed; None where unknown."""
    stated = artefacts.record.value("last_modified")
    return Day(parsedate_to_datetime(stated).date()) if stated else None
