"""Draw schools, parameters from the priors, and sums of scores from the parameters, exactly.

Written from the models' equations, without the library's code for designs and conditionals.
Parameters have the names and the meaning of `enem.mixed.fit.complete_posterior`; the effects
of levels stand beside them as ``municipality`` and ``school`` (chain, draw, group), a group being a
school by its name.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from enem.mixed.priors import Prior
from enem.mixed.rows import flat_draws
from enem.mixed.specification import LEVELS, Specification
from enem.names import SCHOOL_TYPES
from studies.validation.setting import income

COLUMNS = {"intercept": "one", "slope": "x", "context": "school_income"}
"""The column of rows that each coefficient of a line multiplies."""

SIZE_LOG_SD = 1.0
"""Of the sizes of schools of one type."""

INCOME_SHIFT = 2.0
"""Standard deviation of the mean income of schools, in brackets."""


def draw_rows(
    participants: Mapping[str, int],
    schools: Mapping[str, int],
    municipalities: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Draw who goes to school where: one row a school and income bracket that has anybody.

    Parameters
    ----------
    participants, schools
        By school type; the first school of a type (``estadual-0``) is expected to be the largest.
    municipalities
        Places that schools may lie in.
    rng
        Source of sizes, places and incomes.

    Returns
    -------
    pandas.DataFrame
        ``municipality, school, school_type, income_bracket, x, school_income, n``.
    """
    brackets, x = income()["income_bracket"].to_numpy(str), income()["x"].to_numpy()
    pieces = []
    for school_type, size in participants.items():
        count = schools[school_type]
        weight = np.sort(rng.lognormal(0.0, SIZE_LOG_SD, count))[::-1]
        n = rng.multinomial(size, weight / weight.sum())
        place = rng.choice(municipalities, count)
        cells = rng.multinomial(n, _income_shares(len(brackets), count, rng))
        school, bracket = np.nonzero(cells)
        mean = (cells @ x) / np.maximum(n, 1)
        columns = {
            "municipality": np.char.add("m", place[school].astype(str)),
            "school": np.char.add(f"{school_type}-", school.astype(str)),
            "school_type": np.full(len(school), school_type),
            "income_bracket": brackets[bracket],
            "x": x[bracket],
            "school_income": mean[school],
            "n": cells[school, bracket],
        }
        pieces.append(pd.DataFrame(columns))
    return pd.concat(pieces, ignore_index=True)


def _income_shares(brackets: int, schools: int, rng: np.random.Generator) -> np.ndarray:
    """Shares of the brackets in each school, most of them at low incomes, (schools, B)."""
    centre = brackets / 5 + rng.normal(0.0, INCOME_SHIFT, schools)
    away = (np.arange(brackets) - centre[:, None]) / (brackets / 5)
    shares = np.exp(-0.5 * away**2)
    return shares / shares.sum(axis=1, keepdims=True)


def draw_truth(
    spec: Specification,
    rows: pd.DataFrame,
    priors: Mapping[str, Prior],
    rng: np.random.Generator,
) -> xr.Dataset:
    """Draw every parameter of a model from its prior, effects of groups included.

    Returns
    -------
    xarray.Dataset
        One chain of one draw, points.
    """
    brackets = income()["income_bracket"].to_list()
    coords = {"school_type": list(SCHOOL_TYPES), "income_bracket": brackets}
    value: dict[str, tuple[tuple[str, ...], np.ndarray]] = {}
    for common in spec.common:
        value[common.variable] = ((), priors[common.prior].draw(rng, 1)[0])
    for block in spec.blocks:
        tau = priors[block.prior].draw(rng, 1)[0]
        drawn = tau * rng.standard_normal([len(coords[name]) for name in block.factor])
        value[block.scale] = ((), tau)
        line = block.variable.removesuffix("_school_type")
        whole = value[line][1] if block.variable != line else 0.0
        value[block.variable] = (block.factor, whole + drawn)
    groups = len(SCHOOL_TYPES) if spec.by_school_type else 1
    sigma = priors["sigma"].draw(rng, groups)
    value["sigma"] = (("school_type",), sigma) if spec.by_school_type else ((), sigma[0])
    found = rows.drop_duplicates("school")
    # before the effects, so that they are the same whatever the number of groups
    scales = {level: priors[f"tau_{level}"].draw(rng, 1)[0] for level in spec.levels}
    for level, tau in scales.items():
        member, names = pd.factorize(found[level])
        value[f"tau_{level}"] = ((), tau)
        value[level] = (("group",), tau * rng.standard_normal(len(names))[member])
    coords["group"] = found["school"].to_list()
    used = {dim for dims, _ in value.values() for dim in dims}
    variables = {
        name: (("chain", "draw", *dims), np.asarray(of)[None, None])
        for name, (dims, of) in value.items()
    }
    labels = {dim: of for dim, of in coords.items() if dim in used}
    return xr.Dataset(variables, {"chain": [0], "draw": [0], **labels})


def with_levels(tree: xr.DataTree) -> xr.Dataset:
    """Put the effects of groups beside a posterior's parameters, as in a truth.

    Where there are so many groups that a posterior keeps fewer draws of them, these are one chain.
    """
    posterior, levels = tree["posterior"].to_dataset(), tree["levels"].to_dataset()
    if not levels:
        return posterior
    at = levels["sample"].to_numpy()
    if len(at) < posterior.sizes["chain"] * posterior.sizes["draw"]:
        kept = {
            name: (("chain", "draw", *of.dims[2:]), flat_draws(of)[at][None])
            for name, of in posterior.data_vars.items()
        }
        posterior = xr.Dataset(kept, posterior.drop_dims(("chain", "draw")).coords)
        posterior = posterior.assign_coords(chain=[0], draw=np.arange(len(at)))
    shape = (posterior.sizes["chain"], posterior.sizes["draw"])
    effects = {
        str(name): (
            ("chain", "draw", *of.dims[1:]),
            of.to_numpy().astype(float).reshape(*shape, *of.shape[1:]),
        )
        for name, of in levels.data_vars.items()
        if str(name) in LEVELS
    }
    return posterior.assign(effects).assign_coords(group=levels["group_school"].to_numpy())


def expected_scores(parameters: xr.Dataset, rows: pd.DataFrame) -> xr.DataArray:
    """Expected score of the participants of each row, points; (chain, draw, row) and outcomes."""
    names = {"school_type": "school_type", "income_bracket": "income_bracket", "group": "school"}
    at = {dim: xr.DataArray(rows[name].to_numpy(), dims="row") for dim, name in names.items()}
    values = rows.assign(one=1.0)
    total = xr.DataArray(np.zeros(len(rows)), dims="row")
    for line, column in COLUMNS.items():
        by_type = f"{line}_school_type"
        name = by_type if by_type in parameters else line
        if name in parameters:
            value = xr.DataArray(values[column].to_numpy(float), dims="row")
            total = total + _of(parameters[name], at) * value
    for name in ("bracket", "cell", "municipality", "school"):
        if name in parameters:
            total = total + _of(parameters[name], at)
    return total.transpose("chain", "draw", "row", ...)


def row_sigma(parameters: xr.Dataset, rows: pd.DataFrame) -> xr.DataArray:
    """Sigma of the participants of each row, points."""
    types = xr.DataArray(rows["school_type"].to_numpy(), dims="row")
    return _of(parameters["sigma"], {"school_type": types})


def _of(values: xr.DataArray, at: Mapping[str, xr.DataArray]) -> xr.DataArray:
    """Pick each row's value."""
    return values.sel({dim: where for dim, where in at.items() if dim in values.dims})


def draw_sums(truth: xr.Dataset, rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    r"""Draw the mean score and sum of squares of each row without drawing its participants.

    .. math:: \bar y \sim N(\mu, \sigma / \sqrt n), \quad ss \sim \sigma^2 \chi^2_{n-1},

    independent of each other (Cochran's theorem).

    Returns
    -------
    pandas.DataFrame
        `rows` with ``mean, ss``.
    """
    n = rows["n"].to_numpy()
    expected = expected_scores(truth, rows).to_numpy()[0, 0]
    sigma = row_sigma(truth, rows).to_numpy()[0, 0]
    noise = sigma / np.sqrt(n) * rng.standard_normal(len(rows))
    ss = np.where(n > 1, sigma**2 * rng.chisquare(np.maximum(n - 1, 1)), 0.0)
    return rows.assign(mean=expected + noise, ss=ss)


def log_likelihood(parameters: xr.Dataset, sums: pd.DataFrame) -> xr.DataArray:
    """Log density of all scores given *all* parameters, up to a constant; (chain, draw)."""
    n, mean, ss = (xr.DataArray(sums[name].to_numpy(), dims="row") for name in ("n", "mean", "ss"))
    sigma = row_sigma(parameters, sums)
    squares = ss + n * (mean - expected_scores(parameters, sums)) ** 2
    density = -n * np.log(sigma) - squares / (2 * sigma**2)
    return density.sum("row").transpose("chain", "draw")
