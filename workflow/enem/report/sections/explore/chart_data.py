"""What the interactive chart's script needs, in every language of the page."""

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from enem.figures.palette import MARKS, in_scheme
from enem.language import TAGS, Language, language, named
from enem.report.artefacts import Artefacts
from enem.report.packed import packed
from enem.report.sections.explore import Exploration, payload
from enem.report.sections.explore.chart import number_locale, profile_chart
from enem.report.sections.explore.profile_tables import bracket_label

SENTENCES = (
    *("explore.expected", "explore.predicted", "explore.n", "explore.n_few", "explore.gap"),
    *("explore.label", "explore.label_few", "explore.bin", "explore.nobody"),
)
"""Messages that the script fills in as the reader chooses."""


def chart_data(explored: Mapping[str, Exploration], artefacts: Artefacts) -> Markup:
    """Return packed JSON, by outcome and by language tag."""
    types = dict.fromkeys(name for made in explored.values() for name in made.school_types)
    settings = artefacts.settings
    told = {
        "mass": settings.value("interval.mass"),
        "smallest": settings.value("report.smallest_group"),
        "marks": {
            name: {"color": in_scheme(MARKS[name].color), "dark": in_scheme(MARKS[name].dark)}
            for name in types
        },
        "outcomes": {name: payload(made) for name, made in explored.items()},
        "languages": {
            TAGS[code]: _words(language(code), list(types), explored, artefacts) for code in TAGS
        },
    }
    return packed(json.dumps(told, separators=(",", ":"), ensure_ascii=False))


def _words(
    each: Language, types: list[str], explored: Mapping[str, Exploration], artefacts: Artefacts
) -> dict[str, Any]:
    income = artefacts.income
    letters = income.column("income_bracket")
    return {
        "tag": each.tag,
        "types": {name: each.plain(named("school", name)) for name in types},
        "outcomes": {name: each.plain(named("outcome", name)) for name in explored},
        "brackets": {letter: each.plain(bracket_label(income, letter)) for letter in letters},
        "messages": {key: each.sentence(key) for key in SENTENCES},
        "locale": number_locale(each.code),
        "chart": profile_chart(each),
    }
