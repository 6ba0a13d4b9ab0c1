"""Put the two pages of a state together, the story and everything behind it, and write them."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from markupsafe import Markup

from enem.atomic import write_text
from enem.language import TAGS, language, named, words_of
from enem.language.phrases import PERCENT
from enem.report.artefacts import Artefacts, FigureArtefacts, read_artefacts
from enem.report.csp import with_policy
from enem.report.downloads import of_outcome
from enem.report.glossary import explained
from enem.report.groups import groups_of
from enem.report.inline_svg import inline_svg, shorten_identifiers, styles_shared
from enem.report.names import LONGEST_STORY
from enem.report.numbering import numbered
from enem.report.packed import packed
from enem.report.packed_sources import pack_sources
from enem.report.sections import reproduce, sample
from enem.report.sections.joint import section as joint_section
from enem.report.story import part_of_file, story_of
from enem.report.technical import SECTIONS, shared_context, technical_of
from enem.report.templates import environment

STORY, TECHNICAL = "report.html", "report_technical.html"
DEFAULT_LANGUAGE = "pt"
COMMON = ("answer", "checks", "limits", "reproduce")
"""Sections that both pages have."""
ROOM = 1_500_000
"""Bytes of figures' files that the story carries at most, in base64 a third more."""


def build_report(
    state_folder: Path,
    record_path: Path,
    conversion_path: Path,
    settings: Mapping[str, Any],
    drawing_library: Path,
    folder: Path,
) -> None:
    """Write the pages of one edition and state; the same artefacts give the same bytes.

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
    drawing_library
        Script that draws the interactive chart, of `enem.report.drawing_library`.
    folder
        Where to write ``report.html``, the story, which carries the files of its figures, of as
        many outcomes as have room, and ``report_technical.html``; their links to other files hold
        beside them in `state_folder`.

    Raises
    ------
    InputError
        When an artefact is missing or cannot be read.
    """
    artefacts = read_artefacts(state_folder, record_path, conversion_path, settings)
    with words_of(artefacts.has_income):
        write_text(rendered(STORY, story_page(artefacts)), folder / STORY)
        technical = technical_page(artefacts)
        library = drawing_library.read_text("utf-8") if technical["explore_data"] else ""
        write_text(rendered(TECHNICAL, technical, library), folder / TECHNICAL)


def rendered(name: str, context: Mapping[str, Any], library: str = "") -> str:
    """Write one page as HTML, which carries a library of scripts packed."""
    template = environment().get_template(f"{Path(name).stem}.html.jinja")
    html = template.render(context, drawing_library=packed(library))
    html = numbered(styles_shared(html))
    # thousands of numbers; those of the story name their sources where they stand
    html = pack_sources(html) if name == TECHNICAL else html
    return with_policy(explained(html), library)


def story_page(artefacts: Artefacts) -> dict[str, Any]:
    """Select what the story shows."""
    outcomes, carried, room = [], [], ROOM
    for outcome in artefacts.outcomes:
        first = [name for name, figure in outcome.figures.items() if figure.narrow]
        told = [name for name in first[:LONGEST_STORY] if outcome.figures[name].story]
        shown = {name: outcome.figures[name] for name in told}
        made = story_of(outcome, groups_of(outcome, artefacts.settings), artefacts)
        narrow = {f"{name}.narrow": shown[name].narrow for name in told}
        figures = {**figures_context(shown, outcome.name), "told": told}
        figures["figures"] |= drawings(narrow, outcome.name)
        outcomes.append({**made, **figures})
        room -= _bytes_of_files(artefacts.folder, outcome.name, shown.values())
        carried += [outcome.name] if room >= 0 else []
    return {
        **page_context(artefacts, STORY, outcomes, carried),
        "citation": reproduce.citation(artefacts),
        "part": part_of_file(artefacts),
    }


def _bytes_of_files(folder: Path, outcome: str, figures: Iterable[FigureArtefacts]) -> int:
    files = [f for figure in figures for f in of_outcome(folder, outcome, figure.files, ())]
    return sum((folder / file.address).stat().st_size for file in files)


def technical_page(artefacts: Artefacts) -> dict[str, Any]:
    """Select what the technical page shows."""
    outcomes = []
    for outcome in artefacts.outcomes:
        made, figures = technical_of(outcome, groups_of(outcome, artefacts.settings), artefacts)
        outcomes.append({**made, **figures_context(figures, outcome.name)})
    smallest = artefacts.settings.number("report.smallest_group")
    together = joint_section(artefacts.joint, smallest, artefacts.settings.value("levels"))
    if together:
        together |= figures_context(together["figures"], "joint")
    explored = {o["name"]: o["explored"] for o in outcomes if o["explored"]}
    absent = set() if together else {"joint"}
    absent |= set() if artefacts.has_income else {"explore", "sensitivity"}
    return {
        **page_context(artefacts, TECHNICAL, [*outcomes, *([together] if together else [])]),
        **shared_context(artefacts, explored, together is not None),
        "outcomes": outcomes,
        "joint": together,
        "sections": [name for name in SECTIONS if name not in absent],
    }


def page_context(
    artefacts: Artefacts,
    page: str,
    drawn: Sequence[dict[str, Any]],
    carried: Sequence[str] = (),
) -> dict[str, Any]:
    """Select what both pages have: title, languages, figures and their files."""
    settings = artefacts.settings
    first = settings.value("report.language") or DEFAULT_LANGUAGE
    shorten_ids(drawn)
    title = reproduce.title(artefacts)
    return {
        "a": artefacts,
        "page": page,
        "pages": {"story": STORY, "technical": TECHNICAL},
        "common": COMMON,
        "language": language(first),
        "languages": [language(code) for code in TAGS],
        "title": title,
        "titles": {code: language(code).plain(title) for code in TAGS},
        "mass": settings.number("interval.mass", PERCENT),
        "smallest": settings.number("report.smallest_group"),
        "outcomes": drawn,
        "carried": carried,
        "downloads": partial(of_outcome, artefacts.folder, carried=carried),
        "named": named,
        "caveats": sample.caveats(artefacts),
        "command": reproduce.command(artefacts),
    }


def figures_context(figures: Mapping[str, FigureArtefacts], outcome: str) -> dict[str, Any]:
    """Prepare figures for the templates: drawings, captions and files, by name."""
    return {
        "figures": drawings({name: figure.texts for name, figure in figures.items()}, outcome),
        "captions": {name: figure.caption for name, figure in figures.items()},
        "files": {name: figure.files for name, figure in figures.items()},
    }


def drawings(texts: Mapping[str, Mapping[str, str]], outcome: str) -> dict[str, Markup]:
    """Prepare every drawing, its words in every language, under ids of its own."""
    return {
        name: inline_svg(
            {TAGS[code]: text for code, text in versions.items()},
            f"drawing-{outcome}-{name.replace('.', '-')}",
            f"caption-{outcome}-{name.partition('.')[0]}",
        )
        for name, versions in texts.items()
    }


def shorten_ids(drawn: Sequence[dict[str, Any]]) -> None:
    """Shorten the ids inside all figures, in place."""
    places = [(o["figures"], name) for o in drawn for name in o["figures"]]
    short = shorten_identifiers([figures[name] for figures, name in places])
    for (figures, name), figure in zip(places, short, strict=True):
        figures[name] = figure
