import io
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats
from statsmodels.regression.mixed_linear_model import MixedLM

from enem.errors import InputError
from enem.names import OUTCOMES, SCHOOL_TYPES, SCORES, STATES
from enem.simulate import release, simulate_release
from enem.simulate.columns import HEADER
from enem.simulate.design import draw_design
from enem.simulate.moments import limited_normal, outcome_moments
from enem.simulate.parameters import (
    DEFAULT_INCOME_VALUES,
    income_scale,
    load_parameters,
    load_states,
)

MEMBER = "DADOS/MICRODADOS_ENEM_2017.csv"
LARGE_ROWS = 200_000
COLUMNS = [
    *("TP_SEXO", "TP_ST_CONCLUSAO", "IN_TREINEIRO", "TP_ESCOLA", "SG_UF_ESC", "SG_UF_PROVA"),
    *("TP_DEPENDENCIA_ADM_ESC", "Q006", "Q027", "TP_STATUS_REDACAO", "CO_ESCOLA"),
    *("CO_MUNICIPIO_ESC", "CO_UF_ESC", "TP_LOCALIZACAO_ESC"),
    *(f"TP_PRESENCA_{area}" for area in SCORES[:4]),
    *(f"NU_NOTA_{score}" for score in SCORES),
]


def simulate(folder, **arguments):
    arguments = {"participants": 3_000, "seed": 7} | arguments
    paths = [folder / name for name in ("made.zip", "truth.csv", "truth_groups.csv")]
    simulate_release(*paths[:2], groups_path=paths[2], **arguments)
    return paths


def member_text(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == [MEMBER]
        return archive.read(MEMBER)


def read_table(path, columns=None):
    return pd.read_csv(
        io.BytesIO(member_text(path)),
        sep=";",
        encoding="latin-1",
        usecols=columns,
        dtype={name: "str" for name in HEADER if not name.startswith("NU_NOTA")},
        keep_default_na=False,
        na_values={name: [""] for name in HEADER if name.startswith("NU_NOTA")},
    )


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return simulate(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    made, *tables = simulate(folder, participants=LARGE_ROWS, seed=11)
    truth, groups = (pd.read_csv(path, dtype={"school": "str"}) for path in tables)
    return read_table(made, COLUMNS), truth, groups


@pytest.fixture(scope="module")
def scored(large):
    table = large[0]
    here = (table.TP_PRESENCA_CH == "1") & (table.TP_PRESENCA_CN == "1")
    objective = table[[f"NU_NOTA_{area}" for area in SCORES[:4]]]
    table = table[here & (objective > 0).all(axis=1)].copy()
    table["x"] = np.log2(table.Q006.map(DEFAULT_INCOME_VALUES) / 2)
    table["NU_NOTA_mean"] = table[[f"NU_NOTA_{score}" for score in SCORES]].mean(axis=1)
    table["school_type"] = table.TP_DEPENDENCIA_ADM_ESC.map(
        dict(zip("1234", SCHOOL_TYPES, strict=True))
    )
    return table


def lines_of(truth, zero_essays):
    """Intercept, slope and sigma by state, school type and outcome."""
    kept = truth[truth.zero_essays.eq(zero_essays) & truth.school_type.notna()]
    keys = ["state", "school_type", "outcome"]
    return kept.pivot(index=keys, columns="parameter", values="value").sort_index()


def beside_the_truth(large, scored, outcome, zero_essays):
    """Rows with a school, their residuals about the true lines and the effects of their school."""
    rows = scored if zero_essays == "include" else scored[scored.NU_NOTA_REDACAO > 0]
    groups = large[2][large[2].outcome.eq(outcome) & large[2].zero_essays.eq(zero_essays)]
    rows = rows[rows.school_type.notna()].merge(
        groups.drop(columns="school_type"), left_on="CO_ESCOLA", right_on="school"
    )
    lines = lines_of(large[1], zero_essays).xs(outcome, level="outcome")
    own = lines.loc[pd.MultiIndex.from_frame(rows[["SG_UF_PROVA", "school_type"]])]
    country = lines.loc["BR"].loc[rows.school_type]
    score = rows[f"NU_NOTA_{outcome}"].to_numpy()
    return rows.assign(
        residual=score - own.intercept.to_numpy() - own.slope.to_numpy() * rows.x,
        of_country=score - country.intercept.to_numpy() - country.slope.to_numpy() * rows.x,
        sigma=own.sigma.to_numpy(),
    )


def shared_variance(school_means):
    """Mean product of two schools of one municipality."""
    by_municipality = school_means.groupby("CO_MUNICIPIO_ESC")
    total, squares, count = (
        by_municipality.sum(),
        (school_means**2).groupby("CO_MUNICIPIO_ESC").sum(),
        by_municipality.size(),
    )
    return ((total**2 - squares) / (count * (count - 1)))[count > 1].mean()


def within_binomial(count, trials, probability):
    return abs(count - trials * probability) < 4.5 * np.sqrt(
        trials * probability * (1 - probability)
    )


# --- the dialect


def test_header_has_the_137_columns_of_the_first_release(small, shared_microdata):
    with zipfile.ZipFile(shared_microdata / "microdados_enem_2017_RS_sample.zip") as archive:
        published = archive.read(archive.namelist()[0]).split(b"\n", 1)[0].rstrip(b"\r")
    assert member_text(small[0]).split(b"\n", 1)[0] == published


def test_header_without_the_published_file(small):
    header = member_text(small[0]).decode("latin-1").split("\n", 1)[0].split(";")
    assert header == list(HEADER)
    assert len(header) == len(set(header)) == 137
    assert (header[0], header[20], header[25], header[-1]) == (
        *("NU_INSCRICAO", "CO_ESCOLA", "TP_DEPENDENCIA_ADM_ESC", "Q027"),
    )


def test_dialect(small):
    content = member_text(small[0])
    lines = content.decode("latin-1").split("\n")
    assert len(lines) == 3_002
    assert lines[-1] == ""
    assert {line.count(";") for line in lines[:-1]} == {136}
    assert not {'"', "'", "\r", ","} & set(content.decode("latin-1"))
    assert "São Paulo".encode("latin-1") in content
    assert "São Paulo".encode() not in content
    numbers = [line.split(";", 1)[0] for line in lines[1:-1]]
    assert len(set(numbers)) == 3_000
    assert {len(number) for number in numbers} == {12}


def test_codes_occur_in_the_published_rows(small, shared_microdata):
    published = read_table(shared_microdata / "first_rows" / "microdados_enem_2017.zip")
    made = read_table(small[0])
    for name in ("TP_SEXO", "TP_ST_CONCLUSAO", "TP_ANO_CONCLUIU", "TP_ESCOLA", "TP_ENSINO"):
        assert set(made[name]) <= set(published[name]), name
    ages = made.NU_IDADE.astype(int)
    assert set(ages) <= set(range(16, 72))
    for name in ("CO_PROVA_CN", "CO_PROVA_CH", "CO_PROVA_LC", "CO_PROVA_MT", "Q006", "Q027"):
        assert set(made[name]) <= set(published[name]), name
    pairs = ["SG_UF_PROVA", "CO_UF_PROVA"]
    known = dict(published[pairs].drop_duplicates().itertuples(index=False))
    ours = dict(made[pairs].drop_duplicates().itertuples(index=False))
    assert all(known[state] == ours[state] for state in ours)
    towns = ["CO_MUNICIPIO_PROVA", "NO_MUNICIPIO_PROVA"]
    known = dict(published[towns].drop_duplicates().itertuples(index=False))
    shared = list(made[towns].drop_duplicates().itertuples(index=False))
    assert sum(code in known for code, _ in shared) > 40
    assert all(known.get(code, name) == name for code, name in shared)


def test_municipality_codes_begin_with_the_code_of_their_state():
    assert tuple(load_states()) == STATES
    for state in load_states().values():
        assert {code // 100_000 for code in state.municipalities} == {state.code}
        assert all(1_000_000 <= code <= 9_999_999 for code in state.municipalities)


def test_absent_cells_are_blank_and_present_ones_are_not(small):
    table = read_table(small[0])
    for area in ("CN", "CH", "LC", "MT"):
        here = table[f"TP_PRESENCA_{area}"] == "1"
        for prefix in ("CO_PROVA", "TX_RESPOSTAS", "TX_GABARITO"):
            assert ((table[f"{prefix}_{area}"] != "") == here).all()
        assert (table[f"NU_NOTA_{area}"].notna() == here).all()
    here = table.TP_PRESENCA_LC == "1"
    assert ((table.TP_STATUS_REDACAO != "") == here).all()
    assert (table.NU_NOTA_REDACAO.notna() == here).all()
    assert table.TX_RESPOSTAS_CN[here & (table.TP_PRESENCA_CN == "1")].str.len().eq(45).all()
    english = here & (table.TP_LINGUA == "0")
    spanish = here & (table.TP_LINGUA == "1")
    assert table.TX_RESPOSTAS_LC[english].str.fullmatch(r"[A-E.*]{5}9{5}[A-E.*]{40}").all()
    assert table.TX_RESPOSTAS_LC[spanish].str.fullmatch(r"9{5}[A-E.*]{45}").all()


def test_essay_is_the_sum_of_its_competences_and_zero_only_by_status(large, small):
    table = read_table(small[0])
    competences = table[[f"NU_NOTA_COMP{number}" for number in range(1, 6)]]
    here = table.TP_PRESENCA_LC == "1"
    assert (competences.sum(axis=1)[here] == table.NU_NOTA_REDACAO[here]).all()
    assert competences.max().max() <= 200
    table = large[0]
    here = table.TP_PRESENCA_LC == "1"
    assert ((table.NU_NOTA_REDACAO == 0) == (here & (table.TP_STATUS_REDACAO != "1"))).all()
    assert set(table.TP_STATUS_REDACAO) == {"", *"12346789"}
    assert within_binomial((table.NU_NOTA_REDACAO == 0).sum(), here.sum(), 0.03)


# --- who is in it


def test_shares_of_registrants(large):
    table = large[0]
    rows = len(table)
    assert rows == LARGE_ROWS
    for count, probability in (
        ((table.TP_SEXO == "F").sum(), 0.589),
        ((table.TP_ST_CONCLUSAO == "2").sum(), 0.271),
        ((table.TP_ST_CONCLUSAO == "1").sum(), 0.651),
        ((table.IN_TREINEIRO == "1").sum(), 0.059),
        ((table.SG_UF_PROVA == "RS").sum(), 294_591 / 6_731_341),
    ):
        assert within_binomial(count, rows, probability)
    assert set(table.SG_UF_PROVA) == set(STATES)
    assert set(table.Q006) == set("ABCDEFGHIJKLMNOPQ")
    assert set(table.Q027) == set("ABCDE")
    assert ((table.IN_TREINEIRO == "1") == (table.TP_ST_CONCLUSAO == "3")).all()


def test_school_is_known_for_those_finishing_alone(large):
    table = large[0]
    finishing = table.TP_ST_CONCLUSAO == "2"
    assert ((table.TP_DEPENDENCIA_ADM_ESC != "") == finishing).all()
    assert ((table.SG_UF_ESC != "") == finishing).all()
    assert ((table.TP_ESCOLA == "1") == ~finishing).all()
    table = table[finishing]
    for code, probability in {"1": 0.03, "2": 0.76, "3": 0.006, "4": 0.204}.items():
        count = table.TP_DEPENDENCIA_ADM_ESC.eq(code).sum()
        assert within_binomial(count, len(table), probability)
    private = table.TP_DEPENDENCIA_ADM_ESC == "4"
    assert set(table.TP_ESCOLA[~private]) == {"2"}
    assert set(table.TP_ESCOLA[private]) == {"3", "4"}
    assert within_binomial((table.TP_ESCOLA[private] == "4").sum(), private.sum(), 0.07)
    elsewhere = (table.SG_UF_ESC != table.SG_UF_PROVA).sum()
    assert within_binomial(elsewhere, len(table), 0.007)
    assert table.Q027[private].isin(["D", "E"]).mean() == pytest.approx(0.85, abs=0.02)
    assert (table.Q027[~private] == "A").mean() == pytest.approx(0.94, abs=0.01)


def test_presence(large):
    table = large[0]
    day_one, day_two = table.TP_PRESENCA_CH, table.TP_PRESENCA_CN
    assert (day_one == table.TP_PRESENCA_LC).all()
    assert (day_two == table.TP_PRESENCA_MT).all()
    assert (day_one == "0").mean() == pytest.approx(0.30, abs=0.01)
    assert (day_two == "1").mean() == pytest.approx(4_423_760 / 6_731_341, abs=0.01)
    assert (day_two[day_one == "0"] == "1").mean() < 0.01
    assert 0 < (day_one == "2").sum() < 0.002 * len(table)
    assert 0 < (day_two == "2").sum() < 0.002 * len(table)
    blank = (table[[f"NU_NOTA_{area}" for area in SCORES[:4]]] == 0).any(axis=1)
    assert blank.sum() / (day_one == "1").sum() == pytest.approx(0.0012, abs=0.0005)


# --- schools and municipalities


def test_a_school_lies_in_one_municipality_and_has_one_type(large):
    table, _, groups = large
    named = table[table.TP_ST_CONCLUSAO == "2"]
    for code in ("CO_ESCOLA", "CO_MUNICIPIO_ESC", "TP_LOCALIZACAO_ESC"):
        assert ((table[code] != "") == (table.TP_DEPENDENCIA_ADM_ESC != "")).all()
    facts = ["CO_MUNICIPIO_ESC", "TP_DEPENDENCIA_ADM_ESC", "TP_LOCALIZACAO_ESC", "CO_UF_ESC"]
    assert (named.groupby("CO_ESCOLA")[facts].nunique() == 1).all(axis=None)
    assert named.CO_ESCOLA.str.fullmatch(r"\d{8}").all()
    assert named.CO_MUNICIPIO_ESC.str.fullmatch(r"\d{7}").all()
    for code in ("CO_ESCOLA", "CO_MUNICIPIO_ESC"):
        assert (named[code].str[:2] == named.CO_UF_ESC).all()
    states = {name: str(entry.code) for name, entry in load_states().items()}
    assert (named.SG_UF_ESC.map(states) == named.CO_UF_ESC).all()
    found = named[["CO_ESCOLA", *facts[:2]]].drop_duplicates().set_index("CO_ESCOLA")
    listed = groups.drop_duplicates("school").set_index("school")
    assert set(listed.index) == set(found.index)
    assert (listed.municipality.astype(str) == found.CO_MUNICIPIO_ESC[listed.index]).all()
    codes = listed.school_type.map(dict(zip(SCHOOL_TYPES, "1234", strict=True)))
    assert (codes == found.TP_DEPENDENCIA_ADM_ESC[listed.index]).all()


def test_schools_are_of_very_unequal_size_and_fewer_in_smaller_states(large):
    named = large[0][large[0].CO_ESCOLA != ""]
    sizes = named.CO_ESCOLA.value_counts()
    assert 15 < sizes.median() < 30
    assert 0.01 < (sizes <= 3).mean() < 0.15
    assert sizes.max() > 10 * sizes.median()
    by_state = named.groupby("SG_UF_ESC")[["CO_ESCOLA", "CO_MUNICIPIO_ESC"]].nunique()
    assert by_state.CO_ESCOLA["SP"] > 8 * by_state.CO_ESCOLA["AC"] > 8 * 4
    assert by_state.CO_MUNICIPIO_ESC["SP"] > 8 * by_state.CO_MUNICIPIO_ESC["AC"] > 0


@pytest.mark.parametrize(("code", "school_type"), list(zip("1234", SCHOOL_TYPES, strict=True)))
def test_income_differs_between_schools_and_not_in_the_whole(large, code, school_type):
    named = large[0][large[0].TP_DEPENDENCIA_ADM_ESC.eq(code)]
    parameters = load_parameters()
    stated = pd.Series(
        dict(zip(DEFAULT_INCOME_VALUES, parameters.income_per_thousand[school_type], strict=True))
    )
    share = stated / stated.sum()
    found = named.Q006.value_counts().reindex(share.index, fill_value=0)
    spread = np.sqrt(len(named) * share * (1 - share))
    assert (abs(found - len(named) * share) < 4 * spread).all()
    # the share of the variance of normal scores that lies between schools, by analysis of variance
    ranks = stats.norm.ppf((share.cumsum() - share / 2)[named.Q006])
    table = pd.DataFrame({"rank": ranks, "school": named.CO_ESCOLA.to_numpy()})
    groups = table.groupby("school")["rank"].agg(["size", "mean", "var"]).dropna()
    n, mean = groups["size"], groups["mean"]
    inside = ((n - 1) * groups["var"]).sum() / (n - 1).sum()
    outside = (n * (mean - (n * mean).sum() / n.sum()) ** 2).sum() / (len(n) - 1)
    between = parameters.income_between_schools[school_type]
    variance = (outside - inside) * (len(n) - 1) / (n.sum() - (n**2).sum() / n.sum())
    if len(n) > 100:  # federal and municipal schools are too few to tell
        assert variance / (variance + inside) == pytest.approx(between, rel=0.25)


def test_schools_do_not_depend_on_chunks_and_those_with_participants_are_listed(tmp_path):
    whole = simulate(tmp_path / "whole", participants=20_000)
    parts = simulate(tmp_path / "parts", participants=20_000, chunk_rows=3_000)
    keys = ["school", "outcome", "zero_essays"]
    first, second = (pd.read_csv(paths[2]).set_index(keys) for paths in (whole, parts))
    shared = first.index.intersection(second.index)
    assert len(shared) > 0.9 * len(first)
    assert first.loc[shared].equals(second.loc[shared])
    for paths, listed in ((whole, first), (parts, second)):
        codes = read_table(paths[0], ["CO_ESCOLA"]).CO_ESCOLA
        assert set(codes[codes != ""].astype(int)) == set(listed.index.get_level_values("school"))
        assert listed.index.is_unique
    sizes = first.groupby(["outcome", "zero_essays"]).size()
    assert set(sizes) == {len(first) // 12}
    effects = first.xs(("mean", "exclude"), level=keys[1:])
    assert (effects.groupby("municipality").municipality_effect.agg(np.ptp) < 0.5).all()
    assert effects.school_effect.nunique() == len(effects)


def test_effects_are_written_only_when_asked_for(tmp_path):
    simulate_release(tmp_path / "made.zip", tmp_path / "truth.csv", participants=10, seed=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made.zip", "truth.csv"]


# --- what they score


def test_marginal_means_and_gap_are_those_of_2017(scored):
    published = {"CN": 510.6, "CH": 519.3, "LC": 510.2, "MT": 518.5, "REDACAO": 558.0}
    for score, mean in published.items():
        # A random draw of 27 state shifts moves Brazil by about 3 points.
        assert scored[f"NU_NOTA_{score}"].mean() == pytest.approx(mean, abs=9), score
    known = scored[scored.school_type.notna()]
    # Schools of sd 20 move each mean by some 2 points.
    by_sector = known.groupby(known.school_type == "privada").NU_NOTA_MT.mean()
    assert by_sector[True] - by_sector[False] == pytest.approx(89.08, abs=8)


def test_marginal_correlations_are_those_of_2017(scored):
    correlation = scored[[f"NU_NOTA_{score}" for score in SCORES]].corr().to_numpy()
    order = [SCORES.index(area) for area in ("CN", "CH", "LC", "MT", "REDACAO")]
    found = correlation[np.ix_(order, order)][np.triu_indices(5, 1)]
    published = [0.60, 0.56, 0.54, 0.40, 0.72, 0.57, 0.42, 0.52, 0.44, 0.38]
    assert found == pytest.approx(published, abs=0.03)


def test_scores_stay_within_the_published_extremes(large):
    for score, (low, high) in {
        "CN": (298.0, 885.6),
        "CH": (307.7, 868.3),
        "LC": (299.6, 788.8),
        "MT": (310.4, 993.9),
        "REDACAO": (40, 1000),
    }.items():
        values = large[0][f"NU_NOTA_{score}"].dropna()
        values = values[values > 0]
        assert low <= values.min()
        assert values.max() <= high
        step = 20 if score == "REDACAO" else 0.1
        assert np.abs(values / step - np.rint(values / step)).max() < 1e-6


@pytest.mark.parametrize("zero_essays", ["include", "exclude"])
@pytest.mark.parametrize("state", ["BR", "SP"])
def test_least_squares_within_schools_recovers_slopes_and_sigmas(large, scored, state, zero_essays):
    truth = lines_of(large[1], zero_essays).loc[state]
    rows = scored if state == "BR" else scored[scored.SG_UF_PROVA.eq(state)]
    rows = rows if zero_essays == "include" else rows[rows.NU_NOTA_REDACAO > 0]
    for school_type in SCHOOL_TYPES:
        group = rows[rows.school_type == school_type]
        x, *outcomes = (
            (group[name] - group.groupby("CO_ESCOLA")[name].transform("mean")).to_numpy()
            for name in ("x", *(f"NU_NOTA_{outcome}" for outcome in OUTCOMES))
        )
        for outcome, y in zip(OUTCOMES, outcomes, strict=True):
            expected = truth.loc[school_type, outcome]
            slope = x @ y / (x @ x)
            residual = y - slope * x
            variance = residual @ residual / (len(y) - group.CO_ESCOLA.nunique() - 1)
            label = (school_type, outcome, slope, len(y))
            assert abs(slope - expected.slope) < 4 * np.sqrt(variance / (x @ x)), label
            if len(y) < 1_000:  # too few zero essays for the spread of a variance
                continue
            spread = np.sqrt((np.mean(residual**4) - variance**2) / len(y))
            assert abs(variance - expected.sigma**2) < 4.5 * spread, label


@pytest.mark.parametrize("zero_essays", ["include", "exclude"])
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_scores_lie_about_the_typical_line_by_the_stated_effects(
    large, scored, outcome, zero_essays
):
    rows = beside_the_truth(large, scored, outcome, zero_essays)
    design = np.column_stack([np.ones(len(rows)), rows.municipality_effect, rows.school_effect])
    weight = 1 / rows.sigma.to_numpy()[:, None]
    inverse = np.linalg.inv((design * weight).T @ (design * weight))
    found = inverse @ (design * weight**2).T @ rows.residual.to_numpy()
    assert (np.abs(found - [0, 1, 1]) < 4 * np.sqrt(np.diag(inverse))).all(), found


def test_effects_of_schools_and_municipalities_have_the_stated_spread(large, scored):
    levels = large[1][large[1].school_type.isna() & large[1].zero_essays.eq("include")]
    levels = levels[levels.outcome.eq("mean")].set_index(["state", "parameter"]).value
    rows = beside_the_truth(large, scored, "mean", "include")
    schools = rows.groupby(["CO_MUNICIPIO_ESC", "CO_ESCOLA"]).agg(
        mean=("residual", "mean"), country=("of_country", "mean"), n=("residual", "size")
    )
    schools = schools[schools.n >= 10]
    # means of two schools of one municipality share its effect and nothing else
    together = shared_variance(schools["mean"])
    both = np.mean(schools["mean"] ** 2 - rows.residual.var() / schools.n)
    # relative standard errors of a variance: 1,000 schools, 200 municipalities with two or more
    assert together == pytest.approx(levels["SP", "tau_municipality"] ** 2, rel=0.5)
    expected = levels["SP"]["tau_municipality"] ** 2 + levels["SP"]["tau_school"] ** 2
    assert both == pytest.approx(expected, rel=0.15)
    municipalities = schools.country.groupby("CO_MUNICIPIO_ESC").mean().mean()
    together = shared_variance(schools.country - municipalities)
    assert together == pytest.approx(levels["BR", "tau_municipality"] ** 2, rel=0.5)


def test_a_mixed_model_finds_the_levels_of_a_state(large, scored):
    rows = scored[scored.SG_UF_PROVA.eq("SP") & scored.school_type.isin(["estadual", "privada"])]
    rows = rows.rename(columns={"NU_NOTA_mean": "score", "CO_ESCOLA": "school"})
    fit = MixedLM.from_formula(
        "score ~ school_type * x",
        groups="CO_MUNICIPIO_ESC",
        re_formula="1",
        vc_formula={"school": "0 + C(school)"},
        data=rows,
    ).fit(method="powell")
    truth = large[1][large[1].state.eq("SP") & large[1].outcome.eq("mean")]
    truth = truth[truth.zero_essays.eq("include")].set_index(["school_type", "parameter"]).value
    levels = truth[truth.index.get_level_values(0).isna()].droplevel(0)
    # 280 schools of a median of 20 participants, in 65 municipalities
    assert np.sqrt(fit.vcomp[0]) == pytest.approx(levels["tau_school"], abs=4)
    assert np.sqrt(fit.cov_re.iloc[0, 0]) == pytest.approx(levels["tau_municipality"], abs=6)
    assert np.sqrt(fit.scale) == pytest.approx(truth["estadual", "sigma"], abs=2)
    for name, expected in (
        ("Intercept", truth["estadual", "intercept"]),
        ("x", truth["estadual", "slope"]),
    ):
        assert abs(fit.params[name] - expected) < 4 * fit.bse[name], name


# --- the truth in closed form


def test_truth_table_is_complete(small):
    truth = pd.read_csv(small[1])
    assert list(truth) == ["state", "school_type", "outcome", "zero_essays", "parameter", "value"]
    assert len(truth) == 28 * 6 * 2 * (4 * 3 + 2)
    assert set(truth.parameter[truth.school_type.isna()]) == {"tau_school", "tau_municipality"}
    assert (truth.value[truth.school_type.isna()] > 0).all()
    assert not truth.duplicated(list(truth)[:-1]).any()
    assert set(truth.state) == {*STATES, "BR"}
    assert (truth.value[truth.parameter == "sigma"] > 0).all()


def test_truth_of_zero_essays_and_of_the_mean_of_five(small):
    wide = pd.read_csv(small[1]).pivot_table(
        index=["state", "school_type", "parameter"],
        columns=["zero_essays", "outcome"],
        values="value",
    )
    lines = wide.drop("sigma", level="parameter")  # levels have no school type and are not here
    assert lines["include", "REDACAO"].to_numpy() == pytest.approx(
        0.97 * lines["exclude", "REDACAO"].to_numpy(), abs=2e-4
    )
    for rule in ("include", "exclude"):
        parts = sum(lines[rule, score] for score in SCORES) / 5
        assert lines[rule, "mean"].to_numpy() == pytest.approx(parts.to_numpy(), abs=2e-4)
    for area in ("CN", "CH", "LC", "MT"):
        assert (wide["include", area] == wide["exclude", area]).all()


def test_truth_of_brazil_averages_its_states(small):
    truth = pd.read_csv(small[1])
    keys = ["parameter", "state", "school_type", "outcome"]
    truth = truth[truth.zero_essays.eq("exclude") & truth.school_type.notna()].set_index(keys).value
    registrants = pd.Series({name: entry.registrants for name, entry in load_states().items()})
    weight = registrants / registrants.sum()
    intercept = truth["intercept"].unstack("state")
    average = intercept[list(STATES)] @ weight[list(STATES)]
    assert intercept["BR"].to_numpy() == pytest.approx(average.to_numpy(), abs=2e-4)
    sigma = truth["sigma"].unstack("state")
    within = (sigma[list(STATES)] ** 2) @ weight[list(STATES)]
    assert sigma["BR"].to_numpy() == pytest.approx(np.sqrt(within).to_numpy(), abs=1e-3)


def test_levels_of_brazil_have_the_shifts_of_states_in_municipalities(large):
    _, truth, groups = large
    truth = truth[truth.zero_essays.eq("exclude")]
    levels = truth[truth.school_type.isna()]
    levels = levels.pivot(index=["parameter", "outcome"], columns="state", values="value") ** 2
    school = levels.loc["tau_school"]
    registrants = pd.Series({name: entry.registrants for name, entry in load_states().items()})
    average = school[list(STATES)] @ (registrants / registrants.sum())[list(STATES)]
    assert school["BR"].to_numpy() == pytest.approx(average.to_numpy(), rel=1e-4)
    shares = pd.Series(load_parameters().school_type)
    lines = truth[truth.parameter.eq("intercept")]
    lines = lines.pivot(index=["outcome", "state"], columns="school_type", values="value")
    means = (lines[list(SCHOOL_TYPES)] @ shares[list(SCHOOL_TYPES)]).unstack("state")
    code = (groups.municipality.drop_duplicates() // 100_000).value_counts()
    weight = pd.Series({name: code[entry.code] for name, entry in load_states().items()})
    weight = weight / weight.sum()
    around = means[list(STATES)].sub(means[list(STATES)] @ weight, axis=0)
    added = levels.loc["tau_municipality"]["BR"] - average * (10 / 20) ** 2
    assert added.to_numpy() == pytest.approx((around**2 @ weight).to_numpy(), rel=0.05)


def test_limits_and_rounding_move_the_stated_lines_little(small):
    truth = pd.read_csv(small[1])
    truth = truth[truth.zero_essays.eq("exclude") & truth.school_type.notna()]
    keys = ["state", "school_type", "outcome", "parameter"]
    truth = truth.set_index(keys).value.sort_index()
    parameters = load_parameters()
    shift = truth["RS", "estadual", "LC", "intercept"] - parameters.intercept["estadual"][2]
    for school_type in SCHOOL_TYPES:
        for index, score in enumerate(SCORES):
            line = truth["RS", school_type, score]
            stated = parameters.intercept[school_type][index] + shift
            assert line["intercept"] == pytest.approx(stated, abs=2.0)
            assert line["slope"] == pytest.approx(parameters.slope[school_type][index], abs=0.5)


@pytest.mark.parametrize(("mean", "sigma"), [(450.0, 82.0), (780.0, 104.0), (310.0, 60.0)])
def test_limited_normal_agrees_with_quadrature(mean, sigma):
    low, high = 310.4, 993.9

    def moment(power):
        density = stats.norm(mean, sigma)
        inner = integrate.quad(lambda y: y**power * density.pdf(y), low, high, epsabs=1e-10)[0]
        return inner + low**power * density.cdf(low) + high**power * density.sf(high)

    found = limited_normal(*(np.array(value) for value in (mean, sigma, low, high)))
    assert found[0] == pytest.approx(moment(1), rel=1e-9)
    assert found[1] == pytest.approx(moment(2) - moment(1) ** 2, rel=1e-7)
    assert found[2] == pytest.approx(np.diff(stats.norm(mean, sigma).cdf([low, high]))[0])


def test_moments_of_the_essay_agree_with_its_exact_distribution():
    parameters = load_parameters()
    x = income_scale(DEFAULT_INCOME_VALUES)
    moments = outcome_moments(parameters, x, np.zeros(27), 0.03)
    values = np.arange(40, 1001, 20)
    edges = np.concatenate([[-np.inf], values[:-1] + 10, [np.inf]])
    for index, school_type in enumerate(SCHOOL_TYPES):
        line = parameters.intercept[school_type][4] + parameters.slope[school_type][4] * x
        for bracket, mean in enumerate(line):
            sigma = parameters.sigma[school_type][4]
            share = 0.97 * np.diff(stats.norm(mean, sigma).cdf(edges))
            exact = share @ values
            assert moments.mean[index, 0, bracket, 5] == pytest.approx(exact, abs=0.02)
            spread = np.sqrt(share @ values**2 - exact**2)
            assert np.sqrt(moments.variance[index, 0, bracket, 5]) == pytest.approx(spread, abs=0.1)


def test_variance_of_the_mean_of_five_agrees_with_a_direct_simulation():
    parameters = load_parameters()
    x = income_scale(DEFAULT_INCOME_VALUES)
    moments = outcome_moments(parameters, x, np.zeros(27), 0.0)
    rng = np.random.default_rng(5)
    residual = rng.multivariate_normal(np.zeros(5), parameters.correlation, size=200_000)
    limits = np.array([parameters.limits[score] for score in SCORES])
    for school_type, bracket in (("estadual", 0), ("privada", 16)):
        line = np.array(parameters.intercept[school_type]) + x[bracket] * np.array(
            parameters.slope[school_type]
        )
        latent = line + residual * np.array(parameters.sigma[school_type])
        mean = np.clip(latent, limits[:, 0], limits[:, 1]).mean(axis=1)
        index = SCHOOL_TYPES.index(school_type)
        assert moments.mean[index, 0, bracket, 0] == pytest.approx(mean.mean(), abs=0.6)
        found = np.sqrt(moments.variance[index, 0, bracket, 0])
        assert found == pytest.approx(mean.std(), abs=0.5)


@pytest.mark.parametrize("zero_essays", ["include", "exclude"])
@pytest.mark.parametrize("school_type", ["estadual", "privada"])
def test_truth_agrees_with_a_simulation_of_the_stated_model(small, school_type, zero_essays):
    parameters, rng = load_parameters(), np.random.default_rng(3)
    truth = pd.read_csv(small[1])
    truth = truth[truth.state.eq("RS") & truth.zero_essays.eq(zero_essays)]
    design = draw_design(income_scale(DEFAULT_INCOME_VALUES), 1_000, 7, None)
    shift = design.shifts[STATES.index("RS")]
    schools, pairs = 4_000, 100
    # a municipality of its own for every school, quantiles in place of draws of its effect, and
    # pupils in pairs of opposite residuals: school means have little noise of their own
    spread = np.hypot(parameters.school_sd, parameters.municipality_sd)
    effect = stats.norm.ppf((np.arange(schools) + 0.5) / schools, scale=spread)
    deviation = np.diag(parameters.sigma[school_type])
    within = deviation @ parameters.correlation @ deviation - spread**2
    shares = np.array(parameters.income_per_thousand[school_type])
    x = rng.choice(income_scale(DEFAULT_INCOME_VALUES), (schools, pairs), p=shares / shares.sum())
    residual = rng.multivariate_normal(np.zeros(5), within, (schools, pairs))
    latent = (effect + shift)[:, None, None] + parameters.intercept[school_type]
    latent = latent + np.multiply.outer(x, parameters.slope[school_type])
    latent = np.concatenate([latent + residual, latent - residual], axis=1)
    x = np.concatenate([x, x], axis=1)
    step = np.array([parameters.resolution[score] for score in SCORES])
    limits = np.array([parameters.limits[score] for score in SCORES])
    score = np.clip(np.round(latent / step) * step, *limits.T)
    # zero essays enter by their share: p of each essay is zero, and what is left counts 1 - p
    zero = parameters.zero_essay if zero_essays == "include" else 0.0
    added = zero * (1 - zero) * np.mean(score[..., 4] ** 2)
    score[..., 4] *= 1 - zero
    outcomes = np.concatenate([score.mean(axis=-1, keepdims=True), score], axis=-1)
    for index, outcome in enumerate(OUTCOMES):
        y = outcomes[..., index]
        fit = stats.linregress(x.ravel(), y.ravel())
        residual = y - fit.intercept - fit.slope * x
        between = residual.mean(axis=1).std()
        inside = (
            residual.var() - between**2 + added * {"mean": 1 / 25, "REDACAO": 1}.get(outcome, 0)
        )
        own = truth[truth.outcome.eq(outcome) & truth.school_type.eq(school_type)]
        own = own.set_index("parameter").value
        levels = truth[truth.outcome.eq(outcome) & truth.school_type.isna()]
        levels = levels.set_index("parameter").value
        # limits are met a little differently by each type, and levels have one value for all
        tau = np.hypot(levels["tau_school"], levels["tau_municipality"])
        assert between == pytest.approx(tau, rel=0.01), outcome
        assert np.sqrt(inside) == pytest.approx(own["sigma"], abs=0.3), outcome
        assert fit.intercept == pytest.approx(own["intercept"], abs=0.1), outcome
        assert fit.slope == pytest.approx(own["slope"], abs=0.1), outcome


# --- reproducible, bounded, never half-written


def test_same_seed_same_bytes_and_other_seed_other_bytes(small, tmp_path):
    again = simulate(tmp_path / "again")
    other = simulate(tmp_path / "other", seed=8)
    for first, second, third in zip(small, again, other, strict=True):
        assert first.read_bytes() == second.read_bytes()
        assert first.read_bytes() != third.read_bytes()


def test_chunk_size_changes_neither_truth_nor_distribution(tmp_path):
    whole = simulate(tmp_path / "whole", participants=20_000)
    parts = simulate(tmp_path / "parts", participants=20_000, chunk_rows=3_000)
    assert whole[1].read_bytes() == parts[1].read_bytes()
    first, second = (read_table(pair[0], [*COLUMNS, "NU_INSCRICAO"]) for pair in (whole, parts))
    assert second.NU_INSCRICAO.is_unique
    assert len(second) == 20_000
    for name in ("TP_ST_CONCLUSAO", "Q006", "TP_PRESENCA_CN", "TP_DEPENDENCIA_ADM_ESC"):
        counts = pd.concat([first[name].value_counts(), second[name].value_counts()], axis=1)
        counts = counts.fillna(0)
        assert stats.chi2_contingency(counts[counts.sum(axis=1) > 20]).pvalue > 1e-4, name
    for score in SCORES:
        name = f"NU_NOTA_{score}"
        difference = stats.ttest_ind(first[name].dropna(), second[name].dropna())
        assert difference.pvalue > 1e-4, name


def test_income_values_decide_the_truth(tmp_path, small):
    doubled = {letter: 2 * value for letter, value in DEFAULT_INCOME_VALUES.items()}
    truth = pd.read_csv(simulate(tmp_path, participants=1, income_values=doubled)[1])
    before = pd.read_csv(small[1])
    slope = truth.parameter == "slope"
    assert truth.value[slope].to_numpy() == pytest.approx(before.value[slope].to_numpy(), abs=0.3)
    with pytest.raises(InputError, match="no value for bracket B, C"):
        simulate(tmp_path, income_values={"A": 1.0})
    with pytest.raises(InputError, match="must be above zero"):
        simulate(tmp_path, income_values=DEFAULT_INCOME_VALUES | {"A": 0})


def test_municipality_override(tmp_path):
    hostile = "<script>alert('São')</script>"
    table = read_table(simulate(tmp_path, municipality_override=hostile)[0])
    assert set(table.SG_UF_PROVA[table.NO_MUNICIPIO_PROVA.eq(hostile)]) == {"RS"}
    assert "Porto Alegre" not in set(table.NO_MUNICIPIO_PROVA)


@pytest.mark.parametrize("name", ["a;b", "a\nb", ""])
def test_municipality_override_that_would_break_columns(tmp_path, name):
    with pytest.raises(InputError, match="semicolon or a line break"):
        simulate(tmp_path, municipality_override=name)
    with pytest.raises(InputError, match="'→', which Latin-1 lacks"):
        simulate(tmp_path, municipality_override="a→b")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"participants": 0}, "participants is 0: a simulated release needs at least 1"),
        ({"participants": -5}, "participants is -5"),
        ({"chunk_rows": 0}, "chunk_rows is 0: .* from 1 to 1,000,000"),
        ({"seed": -1}, "seed is -1: give an integer that is not negative"),
    ],
)
def test_unusable_arguments_are_refused(tmp_path, arguments, message):
    with pytest.raises(InputError, match=message):
        simulate(tmp_path, **arguments)
    assert not list(tmp_path.iterdir())


def test_nothing_half_written_remains(tmp_path, monkeypatch):
    chunk = release._chunk

    def full_disk(rng, design, population, first_row):
        if first_row:
            raise OSError("no space left on device")
        return chunk(rng, design, population, first_row)

    monkeypatch.setattr(release, "_chunk", full_disk)
    (tmp_path / "truth.csv").write_text("earlier")
    with pytest.raises(OSError, match="no space left"):
        simulate(tmp_path, chunk_rows=1_000)
    assert [path.name for path in tmp_path.iterdir()] == ["truth.csv"]
    assert (tmp_path / "truth.csv").read_text() == "earlier"


def test_memory_does_not_grow_with_participants(tmp_path):
    def peak(participants):
        code = (
            "import resource, pathlib; from enem.simulate import simulate_release; "
            f"folder = pathlib.Path({str(tmp_path)!r}); "
            "simulate_release(folder / 'made.zip', folder / 'truth.csv', "
            f"participants={participants}, seed=1, chunk_rows=10_000); "
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        return int(run.stdout)

    small_peak, large_peak = peak(20_000), peak(80_000)
    lines = zipfile.ZipFile(Path(tmp_path) / "made.zip").getinfo(MEMBER).file_size
    assert lines > 30e6
    assert large_peak < 1.12 * small_peak
