"""Put the atlas together and write it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from enem.atlas.analyses import Analysis, asked, reported
from enem.atlas.drawing import FIGURES, Drawn, figures
from enem.atlas.evidence import with_evidence
from enem.atlas.headline import headline
from enem.atlas.map_picture import Picture, picture
from enem.atlas.measures import (
    KEYS,
    MISSING,
    NO_INCOME,
    Measure,
    editions_without_income,
    measured,
    measures_of,
)
from enem.atlas.places import CERTAIN
from enem.atlas.pooled import FILES, Pooled, pool, write_pooled
from enem.atlas.pooled_section import pooled_section
from enem.atlas.rows import page_rows
from enem.atlas.subject import Subject
from enem.atlas.tables import Tables, read_tables, write_tables
from enem.atlas.templates import environment
from enem.atlas.tiles import PAINT, PAINT_IN_THE_DARK, tile_maps
from enem.atomic import write_text
from enem.editions import load_editions
from enem.lanes import side_by_side
from enem.language import TAGS, language, words_of
from enem.language.phrases import COUNT, PERCENT, Number, Verbatim, message
from enem.names import BRAZIL, STATE_NAMES
from enem.report.csp import with_policy
from enem.report.glossary import explained
from enem.report.inline_svg import styles_shared
from enem.report.numbering import numbered

TABLES = ("parameters", "effects", "checks", "samples", *FILES.values())


@dataclass(frozen=True)
class Atlas:
    """What the page shows: settings, analyses that are there, their tables, measures, pooling.

    `folder` is the page's.
    """

    settings: Mapping[str, Any]
    analyses: Sequence[Analysis]
    tables: Tables
    measures: Mapping[Measure, pd.DataFrame]
    pooled: Pooled
    folder: Path
    processes: int = 1

    @property
    def missing(self) -> list[Analysis]:
        """Analyses asked for that are not there."""
        return [analysis for analysis in asked(self.settings) if analysis not in self.analyses]


def build_atlas(
    results: Path,
    analyses: Sequence[Analysis],
    settings: Mapping[str, Any],
    folder: Path,
    processes: int = 1,
) -> None:
    """Write the tables and the page; the same artefacts give the same bytes.

    Parameters
    ----------
    results
        Folder of all results.
    analyses
        Those that are finished; what `settings` asks for beyond them is told as missing.
    settings
        The checked configuration.
    folder
        Where to write ``index.html``, the tables and, in ``figures``, the files of the figures:
        ``atlas`` inside `results`, so that the page's links to the reports hold.
    processes
        With more than one, measures are drawn side by side.

    Raises
    ------
    InputError
        When there is no analysis, or an artefact cannot be read.
    """
    tables = read_tables(results, analyses, settings["models_of"])
    (folder / FIGURES).mkdir(parents=True, exist_ok=True)
    write_tables(tables, folder)
    smallest = settings["report"]["smallest_group"]
    measures = {m: measured(tables, m, smallest) for m in measures_of(settings)}
    evidence = {
        m: with_evidence(t, m, results, settings) for m, t in measures.items() if not m.is_share
    }
    pooled = pool(evidence, settings)
    write_pooled(pooled, folder)
    atlas = Atlas(settings, analyses, tables, measures, pooled, folder, processes)
    income = len(editions_without_income(settings)) < len(settings["editions"])
    with words_of(income):
        html = environment().get_template("page.html.jinja").render(page_context(atlas))
    write_text(with_policy(explained(numbered(styles_shared(html)))), folder / "index.html")


def page_context(atlas: Atlas) -> dict[str, Any]:
    """Select everything that the template shows."""
    settings = atlas.settings
    title = message("atlas.title")
    simulated = any(edition == "simulated" for edition in settings["editions"])
    return {
        "language": language(settings["report"]["language"]),
        "languages": [language(code) for code in TAGS],
        "title": title,
        "titles": {code: language(code).plain(title) for code in TAGS},
        "simulated": simulated,
        "mass": Number(settings["interval"]["mass"], "config.yaml::interval.mass", PERCENT),
        "certain": Number(CERTAIN, "rule of the ranking", PERCENT),
        "count": Number(len(atlas.analyses), "analyses", COUNT),
        "asked": Number(len(asked(settings)), "analyses asked for", COUNT),
        "missing": _by_edition(atlas.missing),
        "matched": matched_editions(settings),
        "without_income": editions_without_income(settings),
        "measures": list(atlas.measures),
        "headline": headline([*atlas.measures], atlas.pooled, settings),
        "states": sorted(
            {analysis.state for analysis in atlas.analyses}, key=lambda s: STATE_NAMES.get(s, "")
        ),
        "outcomes": [outcome_context(atlas, name) for name in settings["outcomes"]],
        "rows": page_rows(atlas.tables, atlas.measures, settings),
        "reports": set(reported(atlas.analyses, settings)),
        "tables": TABLES,
        "paint": (PAINT, PAINT_IN_THE_DARK),
        "verbatim": Verbatim,
        "states_named": {**STATE_NAMES, BRAZIL: "Brasil"},
    }


def outcome_context(atlas: Atlas, outcome: str) -> dict[str, Any]:
    """Draw the figures of one outcome, by measure."""
    settings = atlas.settings
    mass, smallest = settings["interval"]["mass"], settings["report"]["smallest_group"]
    reports = set(reported(atlas.analyses, settings))

    def of_measure(measure: Measure, table: pd.DataFrame) -> tuple[dict, Any]:
        rows = pd.concat([table, _absent(atlas.missing)]) if atlas.missing else table
        rows = rows[(rows["outcome"] == outcome) & (rows["status"] != NO_INCOME)]
        subject = Subject(measure, outcome, mass, tuple(matched_editions(settings)))
        drawn = list(figures(rows, subject, atlas.folder))
        maps = tile_maps(rows, atlas.pooled.of(measure, outcome), measure, smallest, reports)
        pictured = {e: picture(tiles, subject, atlas.folder) for e, tiles in maps.items()}
        pooled = None
        if not measure.is_share:
            pooled = pooled_section(atlas.pooled, subject, atlas.folder)
        return _newest_first(drawn, pictured), pooled

    # drawing is nearly all that an atlas costs
    works = [partial(of_measure, *each) for each in atlas.measures.items()]
    found = side_by_side(works) if atlas.processes > 1 else [work() for work in works]
    made = dict(zip((measure.name for measure in atlas.measures), found, strict=True))
    drawn, pooled = ({name: of[part] for name, of in made.items()} for part in (0, 1))
    return {"name": outcome, "drawn": drawn, "pooled": pooled}


def _newest_first(drawn: Sequence[Drawn], maps: Mapping[str, Picture]) -> dict[str, Any]:
    """Separate what is shown at once from what is of older editions, which is folded."""
    named = (*maps, *(figure.edition for figure in drawn if figure.edition))
    editions = sorted(dict.fromkeys(named), key=lambda e: (e.isdigit(), e), reverse=True)
    by_edition = {
        e: {"map": maps.get(e), "figures": [figure for figure in drawn if figure.edition == e]}
        for e in editions
    }
    newest = by_edition.pop(editions[0]) if editions else None
    over_time = [figure for figure in drawn if figure.edition is None]
    return {"first": newest, "over_time": over_time, "older": by_edition}


def matched_editions(settings: Mapping[str, Any]) -> list[str]:
    """List the editions asked for whose school type is known only for matched participants."""
    if settings["population"]["school_type"] != "enrolled":
        return []
    editions = load_editions()
    return [name for name in settings["editions"] if editions[name].school_type_matched]


def _absent(missing: Sequence[Analysis]) -> pd.DataFrame:
    rows = [(a.edition, a.state, a.outcome, MISSING) for a in missing]
    return pd.DataFrame(rows, columns=[*KEYS, "status"])


def _by_edition(missing: Sequence[Analysis]) -> dict[str, dict[str, list[str]]]:
    """Group the missing analyses: edition, outcome, states."""
    found: dict[str, dict[str, list[str]]] = {}
    for analysis in missing:
        outcomes = found.setdefault(analysis.edition, {})
        outcomes.setdefault(analysis.outcome, []).append(analysis.state)
    return found
