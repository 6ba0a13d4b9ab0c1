"""Figures that an analysis yields, known before anything runs and without a plotting library.

A figure is a module of `enem.figures.gallery`: it stands in that folder and so is registered.
The module says in a literal ``FIGURE`` when and where the figure is shown (`Manifest`), and has

``table(a)``
    the tidy table that is written beside the figure, without what it hides of small groups;
``draw(a, table)``
    the figure, its title, notes and labels included, on the sheet of `enem.figures.style.sheet`;
``CAPTION``
    one or two sentences for whoever reads or hears the page, ``{model}`` where it has one;
``finding(a, table)``, of figures that tell the story
    the title made from the numbers, None where an interval says nothing and a plain title serves.

Each takes the `enem.figures.artefacts.Artefacts` of the analysis, and the model where
``per_model`` is true.  Words are made by `enem.figures.words.say`, in every language at once.

What the page needs to know
---------------------------
`figures_of` lists figures in the order of the page; ``story`` marks those that tell the story.
``results/{edition}/{state}/{outcome}/figures/`` holds of each, by its `FigureName.stem`,

- ``{stem}.pt.svg``, ``{stem}.en.svg``: laid out alike, equal but for groups ``words-{number}``;
- ``{stem}.pt.png``, ``{stem}.en.png``, ``{stem}.csv``, ``{stem}.parquet``;
- of the story ``{stem}.narrow.pt.svg`` and ``.en.svg``, 320 units wide for a phone, and
  ``{stem}.feed.pt.png`` and ``.en.png``, 1200 x 675 pixels to be shared;

and ``figures.json``: a list, in this order, of ``stem, subject, model, story, title, finding,
caption, files``.  ``title`` (the finding, or the plain title) and ``caption`` are ``{"pt": ...,
"en": ...}``, ``finding`` says whether the title is one, ``files`` are names in the folder by
language: ``{"svg": {"pt": ...}, "png": ..., "narrow": ..., "feed": ..., "csv": ..., "parquet":
...}``.
"""

import ast
from collections.abc import Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple, TypedDict

from enem.mixed.specification import Specification, model_of_groups
from enem.mixed.variables import covariates_of

LANGUAGES = ("pt", "en")
"""Every figure is written in each of them."""

GALLERY = Path(__file__).parent / "gallery"

Specifications = Mapping[str, Specification]
"""Models asked for, by name, in the order of panels."""


class Manifest(TypedDict, total=False):
    """When and where a figure is shown.

    Attributes
    ----------
    order
        Place in a report.
    needs
        What the analysis must have: ``income`` (beside scores) or ``no_income``, ``school_type``
        (a model by school type), ``levels`` (a model with levels), ``scales`` (a model with a
        scale), ``context`` (a model with the mean income of schools), ``covariates`` (a model by
        school type with characteristics of participants), ``asked`` (a figure that another rule
        draws).
    story
        Whether it tells the story, and is drawn for a phone and to be shared as well.
    per_model
        Whether each model has its own.
    """

    order: int
    needs: tuple[str, ...]
    story: bool
    per_model: bool


class FigureName(NamedTuple):
    """What a figure shows, and of which model where each model has its own."""

    subject: str
    model: str | None = None

    @property
    def stem(self) -> str:
        """File name without suffix."""
        return self.subject if self.model is None else f"{self.subject}_{self.model}"

    @property
    def story(self) -> bool:
        """Whether it tells the story."""
        return manifests()[self.subject].get("story", False)

    @property
    def files(self) -> dict[str, dict[str, str] | str]:
        """Names of its files by kind and, where they have words, by language."""
        kinds = {"svg": "{}.svg", "png": "{}.png"}
        kinds |= {"narrow": "narrow.{}.svg", "feed": "feed.{}.png"} if self.story else {}
        spoken = {
            kind: {code: f"{self.stem}.{ending.format(code)}" for code in LANGUAGES}
            for kind, ending in kinds.items()
        }
        return {**spoken, **{kind: f"{self.stem}.{kind}" for kind in ("csv", "parquet")}}


def files_of(name: FigureName) -> list[str]:
    """List the names of all files of a figure."""
    kinds = name.files.values()
    return list(chain.from_iterable([k] if isinstance(k, str) else k.values() for k in kinds))


INDEX = "figures.json"
"""File that lists the figures beside it."""


@cache
def manifests() -> dict[str, Manifest]:
    """Read what every figure declares of itself, by subject, in the order of a report."""
    modules = sorted(GALLERY.glob("[!_]*.py"))
    found = {path.stem: _manifest(path) for path in modules}
    return dict(sorted(found.items(), key=lambda entry: entry[1]["order"]))


def _manifest(path: Path) -> Manifest:
    """Read the literal ``FIGURE`` of a module, whose imports would load a plotting library."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FIGURE":
            return ast.literal_eval(node.value)
    raise ValueError(f"{path} declares no FIGURE, so nobody knows when to draw it.")


def figures_of(specs: Specifications, income: bool = True) -> list[FigureName]:
    """List the figures in the order in which a report shows them.

    Parameters
    ----------
    specs
        Models.
    income
        Whether the edition holds income beside scores; without it there are no figures of it.
    """
    known = {
        "income": income,
        "no_income": not income,
        "school_type": bool(by_school_type(specs)),
        "levels": model_of_groups(specs) is not None,
        "scales": bool(hierarchical(specs)),
        "context": context_model(specs) is not None,
        "covariates": bool(covariate_models(specs)),
        "asked": False,
    }
    shown = {
        subject: manifest
        for subject, manifest in manifests().items()
        if all(known[need] for need in manifest.get("needs", ()))
    }
    of_models = [name for name, manifest in shown.items() if manifest.get("per_model")]
    alone = [FigureName(subject) for subject in shown if subject not in of_models]
    return [*alone, *(FigureName(subject, model) for model in specs for subject in of_models)]


def hierarchical(specs: Specifications) -> list[str]:
    """Those of the models that have a scale: of a factor's coefficients or of a level."""
    return [name for name, spec in specs.items() if spec.scales]


def by_school_type(specs: Specifications) -> list[str]:
    """Those of the models that have a line for each school type."""
    return [name for name, spec in specs.items() if spec.by_school_type]


def context_model(specs: Specifications) -> str | None:
    """Name the first model with school types and the mean income of schools."""
    return next((n for n in by_school_type(specs) if specs[n].formula.uses("school_income")), None)


def covariate_models(specs: Specifications) -> list[str]:
    """Those of the models by school type that hold characteristics of participants equal."""
    return [name for name in by_school_type(specs) if covariates_of(specs[name].formula)]


def main_model(specs: Specifications) -> str:
    """Name the model behind the page's answer and the main figures, before any result is known.

    ``school_type`` where it is asked for; else the first with school types and levels, with school
    types, with levels, of all.
    """
    typed = by_school_type(specs)
    with_levels = [name for name, spec in specs.items() if spec.levels]
    both = [name for name in typed if name in with_levels]
    named = [name for name in specs if name == "school_type"]
    return [*named, *both, *typed, *with_levels, *specs][0]
