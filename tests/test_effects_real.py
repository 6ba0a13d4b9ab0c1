"""Effects of a real state against its rows: least squares, cells, and groups drawn anew."""

import zipfile

import numpy as np
import pandas as pd
import pytest

from enem.compare.effects import effects_table
from enem.editions import edition_named
from enem.mixed.fit import fit
from enem.mixed.settings import SamplerSettings
from enem.mixed.tables import Tables
from enem.tabulate.income import income_table
from enem.tabulate.sums import collapse_to_sums
from mixed_fixtures import PRIORS, SCHOOL_TYPES, specification

INCOME = income_table(edition_named("2019"), {"none": 0.25, "open_ended_factor": 1.25})
AREAS = [f"NU_NOTA_{area}" for area in ("CN", "CH", "LC", "MT", "REDACAO")]


@pytest.fixture(scope="module")
def rows(shared_microdata):
    """Read the state's rows by hand, without the library's conversion."""
    with zipfile.ZipFile(shared_microdata / "microdados_enem_2019_AC.zip") as archive:
        name = next(n for n in archive.namelist() if "microdados_enem" in n.lower())
        with archive.open(name) as file:
            table = pd.read_csv(file, sep=";", encoding="latin-1", dtype=str)
    scores = table[AREAS].astype(float)
    kept = (table["SG_UF_PROVA"] == "AC") & (table["IN_TREINEIRO"] == "0")
    kept &= table["TP_DEPENDENCIA_ADM_ESC"].notna() & table["Q006"].notna()
    kept &= scores.notna().all(axis=1) & (scores.iloc[:, :4] > 0).all(axis=1)
    table = table[kept]
    codes = dict(zip("1234", SCHOOL_TYPES, strict=True))
    return pd.DataFrame(
        {
            "municipality": table["CO_MUNICIPIO_ESC"],
            "school": table["CO_ESCOLA"],
            "school_type": table["TP_DEPENDENCIA_ADM_ESC"].map(codes),
            "income_bracket": table["Q006"],
            "score": scores[kept].mean(axis=1),
        }
    )


@pytest.fixture(scope="module")
def effects(rows):
    settings = SamplerSettings("nutpie", 500, 300, 2, 0.9, 1)
    found = {}
    for name in ("school_type", "school_type_income"):
        sums = collapse_to_sums(rows, [])
        design = Tables(sums, INCOME, {"school_type": SCHOOL_TYPES}).design(specification(name))
        found[name] = effects_table(fit(design, PRIORS, settings, 2), design, 0.9)
    return found


def gap_of_cells(cells):
    """Gap of sums by private and bracket, averaged over the incomes of private schools."""
    table = cells.groupby(["private", "income_bracket"])[["sum", "size"]].sum().unstack(0)
    means = table["sum"] / table["size"]
    gap = means[True] - means[False]
    weights = table["size"][True].where(gap.notna()).fillna(0)
    return float((gap.fillna(0) * weights).sum() / weights.sum())


def bootstrap(rows, replicates=200):
    """Gap of the rows, and its sd when schools are drawn anew."""
    private = rows["school_type"] == "privada"
    keys = ["school", "private", "income_bracket"]
    cells = rows.assign(private=private).groupby(keys)["score"].agg(["sum", "size"]).reset_index()
    parts = [part for _, part in cells.groupby("school")]
    rng, drawn = np.random.default_rng(2), []
    for _ in range(replicates):
        chosen = rng.integers(0, len(parts), len(parts))
        drawn.append(gap_of_cells(pd.concat([parts[k] for k in chosen])))
    return gap_of_cells(cells), float(np.std(drawn))


def test_slopes_among_participants_are_least_squares_on_rows(rows, effects):
    x = rows["income_bracket"].map(INCOME.set_index("income_bracket")["x"])
    table = effects["school_type"]
    table = table[(table["effect"] == "slope") & (table["scope"] == "these_schools")]
    slopes = table.set_index("group")
    # lines of small groups are pulled to the others, by less than their sd
    allowed = {"estadual": 0.1} | {g: slopes.loc[g, "sd"] for g in ("federal", "privada")}
    for school_type, most in allowed.items():
        mine = rows["school_type"] == school_type
        ols = np.polyfit(x[mine], rows["score"][mine], 1)[0]
        assert slopes.loc[school_type, "mean"] == pytest.approx(ols, abs=most), school_type


@pytest.mark.parametrize("model", ["school_type", "school_type_income"])
def test_the_headline_is_what_cells_say_and_as_wide_as_schools_drawn_anew(rows, effects, model):
    direct, sd = bootstrap(rows)
    table = effects[model]
    here = table[table["contrast"] == "privada - publica"]
    gap = here[here["effect"] == "gap_at_equal_income"].set_index("scope")
    assert gap.loc["these_schools", "mean"] == pytest.approx(direct, abs=2.5 * sd)
    alike = gap.loc["schools_like_these"]
    assert alike["mean"] == pytest.approx(direct, abs=sd)
    assert 0.5 < alike["sd"] / sd < 1.5
    assert gap.loc["these_schools", "sd"] < 0.7 * alike["sd"]
    stated = here[here["effect"] == "gap_at_equal_income_direct"].iloc[0]
    assert stated["mean"] == pytest.approx(direct, abs=1e-9)
    assert stated["sd"] == pytest.approx(sd, rel=0.2)


def test_a_public_side_of_the_same_income_is_nearer_than_one_of_one_mix(effects):
    table = effects["school_type"]
    table = table[(table["contrast"] == "privada - publica") & (table["scope"] == "these_schools")]
    means = table.set_index("effect")["mean"]
    # federal schools are few of the poor and many of the rich
    assert means["gap_at_equal_income"] < means["gap_at_equal_income_fixed_mix"] - 3


def test_slopes_within_schools_are_those_of_lme4(effects):
    """`y ~ 0 + type + type:x + (1 | school)`: REML estimates and standard errors of lme4."""
    table = effects["school_type"]
    slopes = table[table["effect"] == "slope_within_school"].set_index("group")
    for group, slope, error in (("estadual", 11.752, 0.910), ("federal", 14.130, 2.407)):
        row = slopes.loc[group]
        # partial pooling moves lines, by less than their errors
        assert row["mean"] == pytest.approx(slope, abs=0.5 * error)
        assert row["sd"] == pytest.approx(error, rel=0.15)
    assert (slopes["scope"] == "typical_school").all()
