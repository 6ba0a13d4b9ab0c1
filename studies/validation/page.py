"""The page of the documentation, made of the studies' last results."""

import json
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from enem.atomic import replacing
from studies.validation.mutations import MUTATIONS

TEMPLATES = Path(__file__).parent / "templates"


def write_page(folder: Path) -> None:
    """Write ``validation.md`` beside `folder` from the files in it."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    text = environment.get_template("validation.md.jinja").render(
        studies={name: _results(name, folder) for name in _done(folder)},
        figures=sorted(path.name for path in folder.glob("*.png")),
        mutations=_rows(folder / "mutations.csv"),
        meanings={name: words for name, (words, _) in MUTATIONS.items()},
        table=lambda stem: _rows(folder / f"{stem}.csv"),
    )
    with replacing(folder.with_suffix(".md")) as partial:
        partial.write_text(text, encoding="utf-8")


def _done(folder: Path) -> list[str]:
    return sorted(p.name.removesuffix("_run.json") for p in folder.glob("*_run.json"))


def _results(name: str, folder: Path) -> dict[str, object]:
    run = json.loads((folder / f"{name}_run.json").read_text(encoding="utf-8"))
    return run | {"checks": _rows(folder / f"{name}_checks.csv")}


def _rows(path: Path) -> list[dict[str, object]]:
    """Rows of a table; none where no study has written it."""
    if not path.is_file():
        return []
    return pd.read_csv(path).to_dict("records")
