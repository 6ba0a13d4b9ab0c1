"""Slopes on the income of municipalities beside that on the income of people.

What holds of places need not hold of the people in them (Robinson, American Sociological Review
15 (1950) 351-357): both slopes are estimated from the same participants with the same levels.
"""

from collections.abc import Mapping, Sequence

import pandas as pd
from scipy.stats import norm

from enem.mixed.estimates import maximum_a_posteriori
from enem.mixed.formula import parse_formula
from enem.mixed.priors import Prior
from enem.mixed.specification import Specification
from enem.mixed.tables import Tables
from enem.mixed.variables import MEAN_OF_PLACE, MUNICIPAL, SD_OF_PLACE
from enem.tabulate.sums import collapse_to_sums

INDIVIDUAL, ECOLOGICAL = "individual", "ecological"
FEWEST = 3
"""Municipalities with different incomes that a slope needs."""

DEFINITIONS = {
    "individual": "points per doubling of a participant's own family income, given school type",
    "municipal": (
        "points per doubling of the mean family income of all who are registered in the exam's "
        "municipality, given school type: of municipalities, not of people"
    ),
    "municipal_given_spread": (
        "the same between municipalities whose incomes spread alike: of municipalities, not of "
        "people"
    ),
    "spread": (
        "points per doubling more of the standard deviation of log2 family income in the exam's "
        "municipality, given its mean and school type: of municipalities, not of people"
    ),
}
FORMULAS = {
    "individual": "score ~ income + (1 | school_type)",
    "municipal": f"score ~ {MEAN_OF_PLACE} + (1 | school_type)",
    "municipal_given_spread": f"score ~ {MEAN_OF_PLACE} + {SD_OF_PLACE} + (1 | school_type)",
    "spread": f"score ~ {MEAN_OF_PLACE} + {SD_OF_PLACE} + (1 | school_type)",
}
COEFFICIENTS = {"individual": "slope", "spread": "municipal_spread"}
"""Names in the model; of the others ``municipal_slope``."""

COLUMNS = [
    *("slope", "basis", "municipalities", "participants", "left_out", "unit", "mean", "sd"),
    *("interval_low", "interval_high", "definition"),
]


def municipal_slopes(
    sample: pd.DataFrame,
    income: pd.DataFrame,
    school_types: Sequence[str],
    levels: Sequence[str],
    priors: Mapping[str, Prior],
    mass: float,
) -> pd.DataFrame:
    """Estimate every slope that the edition allows, by mode and curvature of the posterior.

    Parameters
    ----------
    sample
        Participants: ``municipality, school, school_type, income_bracket, score``, and `MUNICIPAL`
        of the exam's municipality.
    income
        Of `enem.tabulate.income.income_table`: without incomes beside scores there is no
        individual slope.
    school_types
        Labels in order.
    levels
        Of the models.
    priors
        By key of config.yaml.
    mass
        Probability of the intervals, under the Laplace approximation.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, points.  ``left_out`` are participants who sat the exam where no incomes are
        known, and are in none of the models.  Without rows where fewer than `FEWEST`
        municipalities have different incomes.
    """
    known = sample[sample[list(MUNICIPAL)].notna().all(axis=1)]
    places = known[MEAN_OF_PLACE].nunique()
    if places < FEWEST:
        return pd.DataFrame(columns=COLUMNS)
    facts = {"municipalities": places, "participants": len(known)}
    facts |= {"left_out": len(sample) - len(known), "unit": "points"}
    tables = Tables(collapse_to_sums(known, MUNICIPAL), income, {"school_type": school_types})
    wide = norm.ppf((1 + mass) / 2)
    rows = []
    for slope, formula in FORMULAS.items():
        if slope == "individual" and income["x"].isna().any():
            continue
        spec = Specification(slope, parse_formula(formula, slope), tuple(levels))
        found = maximum_a_posteriori(spec, tables, priors)
        name = COEFFICIENTS.get(slope, "municipal_slope")
        mean, sd = found.values[name], found.sd[name]
        numbers = {"mean": mean, "sd": sd}
        numbers |= {"interval_low": mean - wide * sd, "interval_high": mean + wide * sd}
        basis = INDIVIDUAL if slope == "individual" else ECOLOGICAL
        text = {"slope": slope, "basis": basis, "definition": DEFINITIONS[slope]}
        rows.append({**text, **facts, **numbers})
    return pd.DataFrame(rows)[COLUMNS]


def municipal_means(
    sample: pd.DataFrame, incomes: pd.DataFrame, smallest_group: int
) -> pd.DataFrame:
    """Set mean scores of those analysed beside incomes of all who are registered there.

    Parameters
    ----------
    sample
        ``municipality_exam_code`` and ``score``.
    incomes
        Of `enem.municipal.incomes.municipal_incomes`.
    smallest_group
        Participants below which a mean is blank.

    Returns
    -------
    pandas.DataFrame
        ``municipality, participants, incomes_known``, `MUNICIPAL`, ``n``, ``mean_score`` and
        ``basis``; a row for each municipality in which somebody who is analysed sat the exam.
    """
    code = sample["municipality_exam_code"].astype("Int64").astype("string")
    scores = sample["score"].groupby(code.rename("municipality")).agg(["size", "mean"])
    table = scores.rename(columns={"size": "n", "mean": "mean_score"}).join(incomes)
    table["mean_score"] = table["mean_score"].where(table["n"] >= smallest_group)
    order = ["participants", "incomes_known", *MUNICIPAL, "n", "mean_score"]
    counts = ["participants", "incomes_known"]
    table[counts] = table[counts].astype("Int64")
    return table[order].assign(basis=ECOLOGICAL).reset_index()
