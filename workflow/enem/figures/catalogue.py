"""Draw all figures of one analysis and write them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path

from enem.figures import (
    chebyshev,
    cross_entropy,
    disagreement,
    energy,
    estimates,
    gap_by_income,
    likelihood_curves,
    model_comparison,
    municipalities,
    parameterisation,
    pooling,
    predictive_by_school_type,
    presence,
    prior_and_maximum,
    ranks,
    sample_flow,
    sample_size,
    schools,
    score_by_income,
    score_distribution,
    sensitivity,
    tau_profile,
    variance_shares,
)
from enem.figures.analysis import Analysis
from enem.figures.artefacts import Artefacts
from enem.figures.data import write_figure_data
from enem.figures.files import write_figure
from enem.figures.frame import FramedFigure
from enem.figures.names import FigureName, Specifications, figures_of, hierarchical
from enem.lanes import shared_out


def draw_figures(
    results_dir: Path,
    outcome: str,
    specs: Specifications,
    analysis: Analysis,
    destination: Path,
    lanes: int = 1,
) -> list[Path]:
    """Draw every figure of an analysis in every language, and write its data beside it.

    Parameters
    ----------
    results_dir
        ``results/{edition}/{state}``, holding the artefacts of the earlier stages.
    outcome
        Which outcome of that folder.
    specs
        Models asked for by name, in the order of panels.
    analysis
        What the figures say about it; school types and participants are taken from the cells.
    destination
        Folder for the files: ``{name}.{language}.svg`` and ``.png``, ``{name}.csv`` and
        ``.parquet``.
    lanes
        Processes that draw at the same time.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    InputError
        An artefact is missing.
    """
    artefacts = Artefacts(results_dir, replace(analysis, outcome=outcome, specs=specs))
    artefacts = artefacts.counted()

    def write(name: FigureName) -> list[Path]:
        def draw(spoken: Analysis) -> FramedFigure:
            return draw_figure(name, replace(artefacts, analysis=spoken))

        drawn = write_figure(draw, artefacts.analysis, destination, name.stem)
        return drawn + write_figure_data(name, artefacts, destination)

    names = figures_of(specs, artefacts.has_income)
    return list(chain.from_iterable(shared_out(names, write, lanes)))


def draw_figure(name: FigureName, artefacts: Artefacts) -> FramedFigure:
    """Draw one figure of the catalogue."""
    if name.model is not None:
        return PER_MODEL[name.subject](artefacts, name.model)
    return PER_ANALYSIS[name.subject](artefacts)


def _sample_flow(a: Artefacts) -> FramedFigure:
    return sample_flow.draw(a.sample_flow(), a.analysis)


def _presence(a: Artefacts) -> FramedFigure:
    shown = presence.shown_presence(a.presence(), a.income, a.analysis)
    return presence.draw(shown, a.income, a.analysis)


def _score_distribution(a: Artefacts) -> FramedFigure:
    return score_distribution.draw(a.table("score_distribution.csv"), a.cells, a.analysis)


def _score_by_income(a: Artefacts) -> FramedFigure:
    model = a.main_model()
    draws = a.draws(model), a.expected(model)
    return score_by_income.draw(a.cells, a.income, *draws, model, a.analysis)


def _gap_by_income(a: Artefacts) -> FramedFigure:
    model = a.main_model()
    table = gap_by_income.gap_table(a.table("gap.csv"), a.cells, model, a.analysis)
    return gap_by_income.draw(table, a.income, model, a.analysis)


def _pooling(a: Artefacts) -> FramedFigure:
    return pooling.draw(a.table("pooling.csv"), a.analysis)


def _schools(a: Artefacts) -> FramedFigure:
    groups = schools.shown_groups(a.table("groups.csv"), a.analysis)
    return schools.draw(groups, a.model_of_groups(), a.schools_named, a.analysis)


def _variance_shares(a: Artefacts) -> FramedFigure:
    model = a.model_of_groups()
    shares = variance_shares.shares_of(a.table(f"{model}/effects.csv"))
    return variance_shares.draw(shares, model, a.schools_named, a.analysis)


def _municipalities(a: Artefacts) -> FramedFigure:
    places = municipalities.shown_municipalities(a.municipal("municipalities"), a.analysis)
    return municipalities.draw(places, a.municipal("slopes"), a.analysis)


def _tau_profile(a: Artefacts) -> FramedFigure:
    return tau_profile.draw(a.tables("tau_profile.csv", hierarchical(a.specs)), a.analysis)


def _energy(a: Artefacts) -> FramedFigure:
    return energy.draw({model: a.statistics(model) for model in a.specs}, a.analysis)


def _predictive(a: Artefacts) -> FramedFigure:
    checks = a.tables("predictive.csv", list(a.specs))
    return predictive_by_school_type.draw(checks, a.participants(), a.analysis)


def _model_comparison(a: Artefacts) -> FramedFigure:
    return model_comparison.draw(a.table("comparison.csv"), a.analysis)


def _likelihood_curves(a: Artefacts) -> FramedFigure:
    curves, squares = (a.table(f"estimation/{n}.csv") for n in ("likelihood", "least_squares"))
    return likelihood_curves.draw(curves, squares, a.analysis)


def _cross_entropy(a: Artefacts) -> FramedFigure:
    return cross_entropy.draw(a.table("estimation/cross_entropy.csv"), a.analysis)


def _prior_and_maximum(a: Artefacts) -> FramedFigure:
    weights, ridge = (a.table(f"estimation/{n}.csv") for n in ("prior_weight", "ridge"))
    return prior_and_maximum.draw(weights, ridge, a.analysis)


def _parameterisation(a: Artefacts) -> FramedFigure:
    return parameterisation.draw(a.table("estimation/parameterisation.csv"), a.analysis)


def _sample_size(a: Artefacts) -> FramedFigure:
    samples, sizes = (a.table(f"estimation/{n}.csv") for n in ("subsamples", "sample_size"))
    return sample_size.draw(samples, sizes, a.analysis)


def _chebyshev(a: Artefacts) -> FramedFigure:
    tails, sizes = (a.table(f"estimation/{n}.csv") for n in ("chebyshev", "sample_size"))
    return chebyshev.draw(tails, sizes, a.analysis)


def _disagreement(a: Artefacts) -> FramedFigure:
    return disagreement.draw(a.table("estimation/disagreement.csv"), a.analysis)


def _sensitivity(a: Artefacts) -> FramedFigure:
    table = a.table("sensitivity/assumptions.csv")
    return sensitivity.draw(table, a.comparable(), a.analysis)


def _estimates(a: Artefacts, model: str) -> FramedFigure:
    table = a.table(f"{model}/estimates.csv")
    return estimates.draw(a.draws(model), table, a.participants(), model, a.analysis)


def _ranks(a: Artefacts, model: str) -> FramedFigure:
    return ranks.draw(a.draws(model), model, a.analysis)


PER_ANALYSIS: Mapping[str, Callable[[Artefacts], FramedFigure]] = {
    "sample_flow": _sample_flow,
    "presence": _presence,
    "score_distribution": _score_distribution,
    "score_by_income": _score_by_income,
    "gap_by_income": _gap_by_income,
    "pooling": _pooling,
    "schools": _schools,
    "variance_shares": _variance_shares,
    "municipalities": _municipalities,
    "tau_profile": _tau_profile,
    "energy": _energy,
    "predictive_by_school_type": _predictive,
    "model_comparison": _model_comparison,
    "likelihood_curves": _likelihood_curves,
    "cross_entropy": _cross_entropy,
    "prior_and_maximum": _prior_and_maximum,
    "parameterisation": _parameterisation,
    "sample_size": _sample_size,
    "chebyshev": _chebyshev,
    "disagreement": _disagreement,
    "sensitivity": _sensitivity,
}
PER_MODEL: Mapping[str, Callable[[Artefacts, str], FramedFigure]] = {
    "estimates": _estimates,
    "ranks": _ranks,
}
