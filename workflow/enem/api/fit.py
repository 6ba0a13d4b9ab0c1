"""Draws of one model on one sample, and everything that the workflow computes from them."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from enem.api.data import Data
from enem.api.model import Model
from enem.api.shown import predictive_scores, without_small_groups
from enem.check.convergence import convergence_checks
from enem.check.model import Evidence, Verdict, check_model
from enem.check.summary import participants_behind, summarise
from enem.check.verdict import told
from enem.compare.asked import asked_effects
from enem.compare.effects import effects_table, gap_table
from enem.compare.estimates import estimates_table
from enem.compare.groups import groups_table
from enem.compare.models import LeftOut, comparison_table
from enem.config.defaults import settings_with
from enem.errors import InputError
from enem.mixed.design import Design
from enem.mixed.estimates import estimates_record
from enem.mixed.fit import fit as draw_posterior
from enem.terminal import language_code, written


@dataclass(frozen=True)
class Made:
    """What a fit was made of."""

    model: Model
    data: Data

    @cached_property
    def design(self) -> Design:
        """The model's columns and groups on the sample's sums."""
        return self.data.tables.design(self.model.spec)

    @cached_property
    def record(self) -> dict[str, Any]:
        """Point estimates, as ``point_estimates.json`` has them."""
        given = (self.data.tables, self.model.priors, self.data.alternatives)
        return estimates_record(self.model.spec, *given)


class Fit(xr.DataTree):
    """Draws of one model, an `xarray.DataTree` for ArviZ, with what follows from them.

    Groups: ``posterior`` (chain, draw, ...; ENEM points), ``expected`` scores of cells, ``levels``
    (effects of schools and municipalities), ``sample_stats`` and ``observed_data``.  A copy or a
    selection of it is a tree of draws alone, which has lost the sample.

    Examples
    --------
    >>> import enem
    >>> table = enem.simulated(participants=9000, seed=1)
    >>> fit = enem.model("score ~ income + (income | school_type)").fit(table, state="SP")
    >>> effects = fit.effects().set_index(["effect", "group", "scope"])
    >>> points_per_doubling = effects.loc[("slope", "all", "schools_like_these"), "mean"]
    >>> bool(5 < points_per_doubling.item() < 40)
    True
    >>> bool(fit.check()["passed"].eq(False).any())
    False
    """

    __slots__ = ("_made", "_verdicts")

    @classmethod
    def draw(cls, model: Model, data: Data, cores: int = 1) -> "Fit":
        """Draw from the posterior of a model; see `Model.fit`."""
        made = Made(model, data)
        tree = draw_posterior(made.design, model.priors, model.sampler, cores)
        found = cls(tree.to_dataset(), dict(tree.children.items()))
        found._made, found._verdicts = made, {}
        found.attrs = {
            "model": model.name,
            "formula": model.spec.formula.text,
            "levels": ", ".join(model.spec.levels),
            **data.about,
        }
        found._warn()
        return found

    @property
    def made(self) -> Made:
        """Model, sample and design.

        Raises
        ------
        InputError
            Of a copy, which has draws alone.
        """
        try:
            return object.__getattribute__(self, "_made")
        except AttributeError:
            raise InputError(
                "This tree is a copy or a part of a fit, which has draws alone: ask the fit itself."
            ) from None

    def summary(self, mass: float | None = None) -> pd.DataFrame:
        """Summarise every parameter: the columns of ``summary.csv``, ENEM points.

        Parameters
        ----------
        mass
            Probability of the equal-tailed intervals; as in config.yaml if None.
        """
        table = summarise(self["posterior"].to_dataset(), _mass(mass))
        table["n"] = participants_behind(table["parameter"], self.made.design)
        return table

    def estimates(self) -> pd.DataFrame:
        """Maximum likelihood, MAP, Laplace and posterior side by side, ENEM points."""
        return estimates_table(self.made.record, self.summary())

    def effects(
        self, mass: float | None = None, asked: Mapping[str, Any] | None = None
    ) -> pd.DataFrame:
        """Compute slopes, gaps, shares and predictions, with whom each is about.

        Parameters
        ----------
        mass
            Probability of the equal-tailed intervals; as in config.yaml if None.
        asked
            Keys of config.yaml's ``effects`` that differ, for example ``{"incomes": [1, 3]}``
            (minimum wages).

        Returns
        -------
        pandas.DataFrame
            The columns of ``effects.csv``; units are in ``unit``, words in ``definition``.  Of a
            data frame, without what needs incomes in minimum wages.
        """
        data, design = self.made.data, self.made.design
        settings = settings_with({"effects": asked})["effects"]
        incomes = data.income is not None and design.has_income
        of = asked_effects(settings, data.income) if incomes else None
        return effects_table(self, design, _mass(mass), of)

    def gaps(self, mass: float | None = None) -> pd.DataFrame:
        """Summarise gaps between private and public schools at each income bracket, points."""
        return gap_table(self, self.made.design, self._income(), _mass(mass))

    def group_effects(self, mass: float | None = None, smallest: int | None = None) -> pd.DataFrame:
        """List schools, or a municipality's schools of one type, with their effects.

        Parameters
        ----------
        mass
            Probability of the equal-tailed intervals; as in config.yaml if None.
        smallest
            Participants below which a group's numbers are blank; as in config.yaml if None.

        Returns
        -------
        pandas.DataFrame
            The columns of ``groups.csv``: effects in ENEM points, ``mean_income`` in minimum wages
            (absent of a data frame).
        """
        smallest = smallest_group() if smallest is None else smallest
        with np.errstate(over="ignore"):
            table = groups_table(self, self.made.design, _mass(mass), smallest)
        return table.drop(columns=[] if self.made.data.income is not None else ["mean_income"])

    def check(self, thresholds: Mapping[str, float] | None = None) -> pd.DataFrame:
        """Check sampler, fit and predictions, as ``checks.json`` does.

        Parameters
        ----------
        thresholds
            Keys of config.yaml's ``checks`` that differ.

        Returns
        -------
        pandas.DataFrame
            ``name, passed`` (None where a value only informs), ``value, threshold, message``, in
            the language of the locale.
        """
        checks = told(self.verdict(thresholds).checks, language_code())
        return pd.DataFrame(checks)[["name", "passed", "value", "threshold", "message"]]

    def verdict(self, thresholds: Mapping[str, float] | None = None) -> Verdict:
        """Checks with the tables behind them: predictive statistics, densities left out."""
        key = repr(thresholds)
        if key not in self._verdicts:
            made, settings = self.made, settings_with({"checks": thresholds})
            given = (settings["interval"]["mass"], settings["checks"], made.model.sampler)
            evidence = Evidence(made.data.sample, made.model.priors, *given)
            self._verdicts[key] = check_model(made.design, self, made.record, evidence)
        return self._verdicts[key]

    def compare(self, *others: "Fit") -> pd.DataFrame:
        """Compare models of the same participants by what they predict of those left out.

        Parameters
        ----------
        *others
            Fits of other models to the same sample.

        Returns
        -------
        pandas.DataFrame
            Best first, the columns of ``comparison.csv``: expected log predictive densities
            (nats) leaving out each participant, and each group.

        Examples
        --------
        >>> import enem
        >>> table = enem.simulated(participants=5000, seed=1)
        >>> fits = [
        ...     enem.model(formula, levels=["school"]).fit(table, state="SP")
        ...     for formula in ("score ~ income", "score ~ income + (income | school_type)")
        ... ]
        >>> fits[0].compare(fits[1])["elpd_diff"].round().abs().tolist()
        [0.0, 2.0]
        """
        fits = [self, *others]
        _require_comparable(fits)
        verdicts = {fit.made.model.name: fit.verdict() for fit in fits}
        left_out = {name: LeftOut(of.loo, of.loo_groups) for name, of in verdicts.items()}
        limit = settings_with({})["checks"]["pareto_k_max"]
        return comparison_table(self.made.data.sample, left_out, limit)

    def predict(self, draws: int = 100, seed: int = 1) -> xr.DataTree:
        """Replicate the scores of all participants.

        Parameters
        ----------
        draws
            Draws that are replicated, evenly spaced.
        seed
            Of the replications.

        Returns
        -------
        xarray.DataTree
            ``posterior_predictive`` and ``observed_data`` with ``score`` (points), as
            `arviz_plots.plot_ppc_dist` reads them.
        """
        rng = np.random.default_rng(seed)
        return predictive_scores(self, self.made.design, self.made.data.sample, draws, rng)

    def without_small_groups(self, smallest: int | None = None) -> xr.DataTree:
        """Leave out the parameters of groups of fewer participants than `smallest`.

        As in config.yaml if None.  A school type with nobody still has a posterior, that of a
        school type about which only the others are known.
        """
        smallest = smallest_group() if smallest is None else smallest
        return without_small_groups(self, self.made.data.sample, smallest)

    def plot_trace(self, **options: Any) -> Any:
        """Draw densities and traces of each chain, without small groups.

        Parameters
        ----------
        **options
            Of `arviz_plots.plot_trace_dist`.
        """
        from arviz_plots import plot_trace_dist

        return plot_trace_dist(self.without_small_groups(), **options)

    def plot_ranks(self, **options: Any) -> Any:
        """Draw each chain's ranks, without small groups.

        Parameters
        ----------
        **options
            Of `arviz_plots.plot_rank`.
        """
        from arviz_plots import plot_rank

        return plot_rank(self.without_small_groups(), **options)

    def plot_predictive(self, **options: Any) -> Any:
        """Draw the scores beside those that the model replicates.

        Parameters
        ----------
        **options
            Of `arviz_plots.plot_ppc_dist`.
        """
        from arviz_plots import plot_ppc_dist

        return plot_ppc_dist(self.predict(), **options)

    def _income(self) -> pd.DataFrame:
        if self.made.data.income is None:
            raise InputError(
                "Gaps by income bracket need ENEM's brackets: give a table of enem.participants."
            )
        return self.made.data.income

    def _warn(self) -> None:
        """Say that draws are not to be relied on; `check` has all the numbers."""
        summary = summarise(self["posterior"].to_dataset(), _mass(None))
        limits = settings_with({})["checks"]
        checks = convergence_checks(summary, self["sample_stats"].to_dataset(), limits)
        failed = [each for each in told(checks, language_code()) if each["passed"] is False]
        if failed:
            said = (
                "The draws do not represent the posterior. {failed} Raise tune, draws or "
                "target_accept in sampler, or look at the model."
            )
            reasons = " ".join(each["message"] for each in failed)
            warnings.warn(written(said, {"failed": reasons}), stacklevel=4)


def smallest_group() -> int:
    """Participants below which config.yaml shows nothing of a group by itself."""
    return settings_with({})["report"]["smallest_group"]


def _mass(given: float | None) -> float:
    changed = None if given is None else {"mass": given}
    return settings_with({"interval": changed})["interval"]["mass"]


def _require_comparable(fits: list[Fit]) -> None:
    names = [fit.made.model.name for fit in fits]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(
            "Two models are called {name!r}: give one another name, enem.model(..., name=...).",
            name=twice[0],
        )
    keys = ["municipality", "school", "school_type", "income_bracket", "score"]
    first = fits[0].made.data.sample[keys]
    for fit in fits[1:]:
        if not first.equals(fit.made.data.sample[keys]):
            raise InputError(
                "{model} is fitted to other participants than {other}: models are compared "
                "by what they predict of the same ones. Fit both to the same table, state "
                "and outcome.",
                model=fit.made.model.name,
                other=names[0],
            )
