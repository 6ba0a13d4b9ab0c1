"""A mixed model by its formula, before it has seen data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from enem.api.data import of_frame, of_participants
from enem.api.participants import Participants
from enem.config.defaults import settings_with
from enem.errors import InputError
from enem.mixed.mathematics import Mathematics, as_html, mathematics
from enem.mixed.priors import Prior, parse_priors
from enem.mixed.settings import SamplerSettings
from enem.mixed.specification import Specification, specifications
from enem.names import BRAZIL, MEAN

if TYPE_CHECKING:
    from enem.api.fit import Fit


@dataclass(frozen=True)
class Model:
    """A formula with levels and priors, and how it is sampled.

    Attributes
    ----------
    spec
        Formula and levels.
    priors
        By the names of config.yaml, ENEM points (of other data: units of the score).
    sampler
        Draws, chains and seed.
    """

    spec: Specification
    priors: Mapping[str, Prior]
    sampler: SamplerSettings

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.spec.name

    @property
    def mathematics(self) -> Mathematics:
        """The model as an equation with its distributions."""
        return mathematics(self.spec.formula, self.spec.levels)

    def __repr__(self) -> str:
        levels = ", ".join(self.spec.levels) or "none"
        return f"Model({self.spec.formula.text!r}, levels: {levels})"

    def _repr_html_(self) -> str:
        of = self.mathematics
        lines = [of.equation, *of.distributions]
        return f"<p><code>{escape(repr(self))}</code></p>" + "".join(
            f"<div>{as_html(line)}</div>" for line in lines
        )

    def fit(
        self,
        table: Participants | pd.DataFrame,
        state: str | None = None,
        outcome: str | None = None,
        *,
        columns: Mapping[str, str] | None = None,
        cores: int = 1,
    ) -> "Fit":
        """Draw from the posterior.

        Parameters
        ----------
        table
            Of `enem.participants` or `enem.simulated`; or any data frame, one row an observation:
            ``score``, ``income`` (any number; effects are per unit of it), and what formula and
            levels name of ``school_type`` (any labels), ``school`` and ``municipality`` (codes of
            nested groups, schools in municipalities) and the covariates of config.yaml.
        state, outcome
            Of participants: one of the 27 codes or ``BR``, and ``mean``, ``CN``, ``CH``, ``LC``,
            ``MT`` or ``REDACAO``; the country's mean of the five scores if None.
        columns
            Of a data frame: its own names of columns whose names differ from these, for example
            ``{"score": "weight", "income": "week", "school": "animal"}``.
        cores
            Chains that run at once.

        Returns
        -------
        Fit
            An `xarray.DataTree` of draws, which ArviZ takes as it is.

        Raises
        ------
        InputError
            What of the data the model cannot use, and what to do.

        Examples
        --------
        >>> import enem
        >>> table = enem.simulated(participants=3000, seed=1)
        >>> fit = enem.model("score ~ income", levels=["school"]).fit(table, state="SP")
        >>> sorted(fit["posterior"].data_vars)
        ['intercept', 'sigma', 'slope', 'tau_school']
        """
        from enem.api.fit import Fit

        if isinstance(table, Participants):
            if columns is not None:
                raise InputError("columns is for data frames; participants have their own names.")
            data = of_participants(table, self.spec, state or BRAZIL, outcome or MEAN)
        elif isinstance(table, pd.DataFrame):
            if state is not None or outcome is not None:
                raise InputError(
                    "state and outcome are for tables of enem.participants; of a data frame take "
                    "the rows and the score first."
                )
            data = of_frame(table, self.spec, columns or {})
        else:
            raise InputError(
                "table is a {kind}: give what enem.participants returns, or a pandas.DataFrame.",
                kind=type(table).__name__,
            )
        return Fit.draw(self, data, cores)


def model(
    formula: str,
    levels: Sequence[str] | None = None,
    priors: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    sampler: Mapping[str, Any] | None = None,
    name: str | None = None,
) -> Model:
    """Define a mixed model.

    Parameters
    ----------
    formula
        In the notation of R's lme4, as in config.yaml, where its variables are listed:
        ``score ~ income + (income | school_type)`` is an intercept and a slope for each school
        type, with a scale each, independent.  ``income`` is log2 of family income over two minimum
        wages, so slopes are points per doubling.
    levels
        Nested random intercepts: ``[]``, ``["municipality"]``, ``["school"]`` or both.  As in
        config.yaml if None.
    priors
        Those that differ from config.yaml, whole, in ENEM points: ``{"slope": {"family": "normal",
        "mean": 0, "sd": 20}}``.
    sampler
        Keys of config.yaml's ``sampler`` that differ: ``draws``, ``tune``, ``chains``, ``seed``,
        ``target_accept``, ``engine``.
    name
        What tables call it; the formula if None.

    Raises
    ------
    InputError
        What is wrong with the formula, a prior or a setting, and what to write instead.

    Examples
    --------
    >>> import enem
    >>> lines = enem.model("score ~ income + (income | school_type)", levels=["school"])
    >>> lines
    Model('score ~ income + (income | school_type)', levels: school)
    >>> print(lines.mathematics.equation)
    score_i = α + β x_i + α_g + β_g x_i + v_s + e_i
    >>> lines.priors["slope"]
    Prior(family='normal', arguments={'mean': 0.0, 'sd': 50.0})
    """
    chosen = list(levels) if isinstance(levels, tuple) else levels
    settings = settings_with({"levels": chosen, "priors": priors, "sampler": sampler})
    given = {"formula": formula, "levels": settings["levels"]}
    label = name or " ".join(formula.split())
    (spec,) = specifications({label: given}).values()
    return Model(spec, parse_priors(settings["priors"]), SamplerSettings(**settings["sampler"]))
