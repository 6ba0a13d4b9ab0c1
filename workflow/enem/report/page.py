"""Put the page together and write it."""

from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from markupsafe import Markup

from enem.atomic import write_text
from enem.language import TAGS, language, named, words_of
from enem.language.phrases import PERCENT, Day, Verbatim, message
from enem.names import OUTCOMES
from enem.report import (
    checklist,
    comparison,
    effects,
    estimates,
    estimation,
    explore,
    joint,
    maximum,
    profile_tables,
    reproduction,
    sample,
    schools,
    sensitivity,
    verdicts,
)
from enem.report.answer import answer
from enem.report.artefacts import Artefacts, OutcomeArtefacts, read_artefacts
from enem.report.chart import drawing_library, static_chart
from enem.report.chart_data import chart_data
from enem.report.formulas import formula_row
from enem.report.groups import Groups, groups_of
from enem.report.inline_svg import inline_svg, share_styles, shorten_identifiers
from enem.report.priors import correlation_prior, prior_rows
from enem.report.row_sources import share_row_sources
from enem.report.templates import environment

DEFAULT_LANGUAGE = "pt"

SECTIONS = (
    *("answer", "sample", "explore", "models", "schools", "estimates", "checks", "sensitivity"),
    *("estimation", "joint", "limits", "methods", "checklist", "reproduce"),
)


def build_report(
    state_folder: Path,
    record_path: Path,
    conversion_path: Path,
    settings: Mapping[str, Any],
    destination: Path,
) -> None:
    """Write the page of one edition and state; the same artefacts give the same bytes.

    Parameters
    ----------
    state_folder
        ``results/{edition}/{state}``, with the artefacts of every outcome and model of `settings`.
    record_path
        Record of where the edition's zip came from.
    conversion_path
        What its conversion found.
    settings
        The checked configuration; ``report.language`` (``pt`` or ``en``) is the language shown
        first.
    destination
        The HTML file.

    Raises
    ------
    InputError
        When an artefact is missing or cannot be read.
    """
    artefacts = read_artefacts(state_folder, record_path, conversion_path, settings)
    with words_of(artefacts.has_income):
        html = environment().get_template("page.html.jinja").render(page_context(artefacts))
    write_text(share_row_sources(html), destination)


def page_context(artefacts: Artefacts) -> dict[str, Any]:
    """Select everything that the templates show."""
    settings = artefacts.settings
    first = settings.value("report.language") or DEFAULT_LANGUAGE
    title = message(
        "A test of the method on simulated data: {state}" if artefacts.simulated else "title",
        state=named("state", artefacts.state),
        edition=Verbatim(artefacts.edition),
    )
    outcomes = [outcome_context(outcome, artefacts) for outcome in artefacts.outcomes]
    together = joint.section(artefacts.joint, settings.number("report.smallest_group"))
    if together:
        together["figures"] = figures_context(together["figures"], "joint")
    absent = set() if together else {"joint"}
    absent |= set() if artefacts.has_income else {"explore", "sensitivity"}
    shown = [name for name in SECTIONS if name not in absent]
    figure_styles = share_figure_styles([*outcomes, *([together] if together else [])])
    explored = {o["name"]: o["explored"] for o in outcomes if o["explored"]}
    return {
        "a": artefacts,
        "language": language(first),
        "languages": [language(code) for code in TAGS],
        "title": title,
        "titles": {code: language(code).plain(title) for code in TAGS},
        "mass": settings.number("interval.mass", PERCENT),
        "smallest": settings.number("report.smallest_group"),
        "outcomes": outcomes,
        "joint": together,
        "sections": shown,
        "figure_styles": figure_styles,
        "explored": explored,
        "explore_data": chart_data(explored, artefacts) if explored else None,
        "drawing_library": drawing_library() if explored else None,
        "known_checks": verdicts.known_checks(artefacts.outcomes),
        "checklist": checklist.items(artefacts),
        "caveats": sample.caveats(artefacts),
        "brackets": sample.bracket_rows(artefacts.income),
        "formulas": [formula_row(model) for model in artefacts.outcomes[0].models],
        "priors": prior_rows(settings, artefacts.outcomes[0].specs, together is not None),
        "correlation_prior": correlation_prior(settings) if together else None,
        "named": named,
        "config": reproduction.reproducible_settings(artefacts),
        "config_name": Verbatim(reproduction.CONFIG),
        "command": reproduction.command(artefacts),
        "source": reproduction.public_source(artefacts.record.value("source")),
        "local": reproduction.is_local(artefacts),
        "server_date": server_date(artefacts),
        "versions": reproduction.versions(artefacts),
    }


def outcome_context(outcome: OutcomeArtefacts, artefacts: Artefacts) -> dict[str, Any]:
    """Select what the templates show of one outcome."""
    settings = artefacts.settings
    groups, mass = groups_of(outcome, settings), settings.number("interval.mass", PERCENT)
    return {
        "name": outcome.name,
        "known": outcome.name in OUTCOMES,
        "participants": outcome.cells.total("n"),
        "answer": answer(outcome, groups, settings),
        "comparable": groups.comparable(),
        "main": outcome.main.name,
        "scopes": {m.name: effects.headline(m) for m in outcome.models},
        **explore_context(outcome, groups, artefacts),
        "effects": {m.name: effects.effect_rows(m, groups) for m in outcome.models},
        "comparison": comparison.comparison_messages(outcome),
        "compared": comparison.comparison_rows(outcome),
        "schools": schools.section(outcome, groups, mass),
        "flow": sample.flow_rows(artefacts.flow, outcome.name, artefacts.state),
        "groups": sample.group_rows(outcome, groups),
        "estimates": {m.name: estimates.estimate_rows(m, groups) for m in outcome.models},
        "least_squares": maximum.least_squares_message(outcome, artefacts.income),
        "tau_rows": maximum.tau_rows(outcome),
        "study": estimation.findings(outcome, groups, settings),
        "sensitivity": sensitivity.context(outcome, groups) if outcome.has_income else None,
        "verdict": verdicts.overall_verdict(outcome.models),
        "checks": {m.name: verdicts.check_rows(m) for m in outcome.models},
        "made_with": {m.name: m.made_with for m in outcome.models},
        "recovery": estimates.recovery_rows(outcome, groups),
        "recovered": estimates.recovery_message(outcome.recovery, mass),
    }


def explore_context(
    outcome: OutcomeArtefacts, groups: Groups, artefacts: Artefacts
) -> dict[str, Any]:
    """Predict profiles, and prepare them with all figures of the outcome."""
    income, mass = artefacts.income, artefacts.settings.value("interval.mass")
    made = explore.explore(outcome, groups, income, mass)
    if made is None:
        return {"explored": None, "figures": figures_context(outcome.figures, outcome.name)}
    drawn = {code: static_chart(made, income, language(code)) for code in TAGS}
    return {
        "explored": made,
        "profile_rows": profile_tables.profile_rows(made, income),
        "gap_rows": profile_tables.gap_rows(made, income),
        "figures": figures_context({**outcome.figures, "profiles": drawn}, outcome.name),
    }


def figures_context(texts: Mapping[str, Mapping[str, str]], outcome: str) -> dict[str, Markup]:
    """Prepare every figure, its words in every language, under ids of its own."""
    return {
        name: inline_svg(
            {TAGS[code]: text for code, text in versions.items()},
            f"drawing-{outcome}-{name}",
            f"caption-{outcome}-{name}",
        )
        for name, versions in texts.items()
    }


def share_figure_styles(outcomes: Sequence[dict[str, Any]]) -> Markup:
    """Take the styles out of all figures and shorten their ids, in place; return the rules."""
    places = [(o["figures"], name) for o in outcomes for name in o["figures"]]
    # ids first: styles name patterns by them
    short = shorten_identifiers([figures[name] for figures, name in places])
    shared, rules = share_styles(short)
    for (figures, name), figure in zip(places, shared, strict=True):
        figures[name] = figure
    return rules


def server_date(artefacts: Artefacts) -> Day | None:
    """Return the day on which the server says that the zip last changed; None where unknown."""
    stated = artefacts.record.value("last_modified")
    return Day(parsedate_to_datetime(stated).date()) if stated else None
