import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from enem.convert.release import convert_release
from enem.editions import edition_named
from enem.errors import InputError
from enem.simulate import simulate_release
from enem.tabulate.cells import collapse_to_cells, score_histogram
from enem.tabulate.income import alternative_incomes, income_table
from enem.tabulate.population import PopulationSettings
from enem.tabulate.release import load_participants, tabulate_outcome
from made import LETTERS, POPULATION, TYPES

YEARS = range(2009, 2024)
AREAS = ("CN", "CH", "LC", "MT")
OUTCOMES = ("mean", *AREAS, "REDACAO")
SCORES = (*AREAS, "REDACAO")
INCOME_COLUMN = {2009: "Q21", 2010: "Q04", 2011: "Q004"} | dict.fromkeys(range(2012, 2015), "Q003")
SCHOOL = dict(zip("1234", TYPES, strict=True))
EARLY = {"A": "publica", "B": "mista", "C": "privada", "D": "mista"}
LATE = {"A": "publica", "B": "mista", "C": "mista", "D": "privada", "E": "privada"}
REPORTED = {
    **dict.fromkeys((2012, 2013, 2014), ("Q035", EARLY)),
    **dict.fromkeys((2015, 2016), ("Q047", LATE)),
    **dict.fromkeys((2017, 2018), ("Q027", LATE)),
}
ASSUMED = {"none": 0.25, "open_ended_factor": 1.25}


def population(state, **changes):
    return PopulationSettings(**{"state": state, "state_by": "exam", **POPULATION} | changes)


class Release:
    """A converted zip beside a plain reading of the same file."""

    def __init__(self, folder, path, year):
        self.year, self.edition = year, edition_named(str(year))
        self.parquet, self.report = folder / "participants.parquet", folder / "conversion.json"
        convert_release(path, str(year), self.parquet, self.report)
        options = {"sep": ";", "encoding": "latin-1", "dtype": str, "keep_default_na": False}
        raw = pd.read_csv(path, **options)
        self.lines = len(raw)
        raw = raw[str(year) == raw.NU_ANO].reset_index(drop=True)
        self.raw = raw.replace({".": "", "*": ""}) if year == 2009 else raw

    def tabulate(self, settings, outcome):
        participants = load_participants(self.parquet, settings, [outcome], self.edition)
        order = income_table(self.edition, ASSUMED)["income_bracket"]
        return tabulate_outcome(participants, self.report, settings, outcome, list(order))

    def finishing(self, settings):
        """Who finishes school that year, or is on record at a school, in the state."""
        raw, column = self.raw, {"exam": "SG_UF_PROVA", "school": "SG_UF_ESC"}[settings.state_by]
        keep = (raw.TP_ST_CONCLUSAO == "2") | (raw.TP_DEPENDENCIA_ADM_ESC != "")
        keep &= raw.IN_TREINEIRO != "1" if self.year >= 2015 else raw.TP_ST_CONCLUSAO != "3"
        return keep & ((raw[column] == settings.state) | (settings.state == "BR"))

    def sat(self, outcome):
        """Who sat every exam of an outcome; the essay is sat with languages."""
        needed = {"mean": AREAS, "REDACAO": ("LC",)}.get(outcome, (outcome,))
        return pd.concat([self.raw[f"TP_PRESENCA_{a}"] == "1" for a in needed], axis=1).all(axis=1)

    def plain_sample(self, settings, outcome):
        """Select the same people from the CSV, all rules at once and in no order."""
        raw, needed = self.raw, SCORES if outcome == "mean" else (outcome,)
        column = {"exam": "SG_UF_PROVA", "school": "SG_UF_ESC", "residence": "SG_UF_RESIDENCIA"}
        keep = raw[column[settings.state_by]] == settings.state
        if settings.state == "BR":
            keep = pd.Series(True, raw.index)
        if settings.trainees == "exclude":
            keep &= raw.IN_TREINEIRO != "1" if self.year >= 2015 else raw.TP_ST_CONCLUSAO != "3"
        values = {score: pd.to_numeric(raw[f"NU_NOTA_{score}"]) for score in needed}
        for score, value in values.items():
            sitting = "LC" if score == "REDACAO" else score
            keep &= (raw[f"TP_PRESENCA_{sitting}"] == "1") & value.notna()
            rule = settings.zero_essays if score == "REDACAO" else settings.blank_answer_sheets
            if rule == "exclude":
                keep &= value != 0
        if settings.school_type == "enrolled":
            school = raw.TP_DEPENDENCIA_ADM_ESC.map(SCHOOL)
        else:
            question, answers = REPORTED[self.year]
            school = raw[question].map(answers)
        income = raw[INCOME_COLUMN.get(self.year, "Q006")]
        keep &= (income != "") & school.notna()
        frame = {"school_type": school, "income_bracket": income}
        return pd.DataFrame({**frame, "score": sum(values.values()) / len(needed)})[keep]


@pytest.fixture(scope="module")
def release(tmp_path_factory, shared_microdata):
    made = {}

    def converted(name):
        if name not in made:
            year = int(name[:4])
            path = f"first_rows/microdados_enem_{year}.zip" if name.isdigit() else ""
            path = shared_microdata / (path or f"microdados_enem_{name}.zip")
            made[name] = Release(tmp_path_factory.mktemp(name), path, year)
        return made[name]

    return converted


def adds_up(flow, lines):
    assert flow["rows"].iloc[0] == lines
    assert flow["excluded"].iloc[0] == 0
    assert (flow["excluded"] >= 0).all()
    assert flow["rows"].iloc[-1] + flow["excluded"].sum() == lines
    assert (
        flow["rows"].shift().iloc[1:] - flow["excluded"].iloc[1:] == flow["rows"].iloc[1:]
    ).all()


def same_cells(cells, sample):
    """Compare cells with pandas aggregates, ss by the textbook variance."""
    expected = sample.groupby(["school_type", "income_bracket"])["score"]
    expected = expected.agg(n="size", mean="mean", variance=lambda y: y.var(ddof=0))
    found = cells[cells["n"] > 0].set_index(["school_type", "income_bracket"])
    assert found.index.isin(expected.index).all()
    assert len(found) == len(expected)
    expected = expected.loc[found.index]
    assert (found["n"] == expected["n"]).all()
    np.testing.assert_allclose(found["mean"], expected["mean"], rtol=1e-12)
    np.testing.assert_allclose(
        found["ss"], expected["n"] * expected["variance"], rtol=1e-9, atol=1e-9
    )
    empty = cells[cells["n"] == 0]
    assert empty["mean"].isna().all()
    assert (empty["ss"] == 0).all()


def presence_is_a_plain_count(made, settings, outcome, table):
    """Compare ``presence.csv`` with counts of the CSV's rows, and with the flow."""
    keys, raw = ["school_type", "income_bracket"], made.raw[made.finishing(settings)]
    rows = pd.DataFrame(
        {
            "school_type": raw.TP_DEPENDENCIA_ADM_ESC.map(SCHOOL).fillna(""),
            "income_bracket": raw[INCOME_COLUMN.get(made.year, "Q006")],
            "matched": raw.TP_DEPENDENCIA_ADM_ESC != "",
            "present": made.sat(outcome)[raw.index],
            "analysed": raw.index.isin(made.plain_sample(settings, outcome).index),
        }
    )
    expected = rows.assign(finishing=True).groupby(keys)[["finishing", *rows.columns[2:]]].sum()
    found = table.presence.fillna(dict.fromkeys(keys, "")).set_index(keys)
    assert (found["outcome"] == outcome).all()
    empty = found.index.difference(expected.index)
    assert (found.loc[empty, expected.columns] == 0).all(axis=None)
    found = found.loc[expected.index, expected.columns].astype("int64")
    assert found.to_numpy().tolist() == expected.astype("int64").to_numpy().tolist()
    steps = table.flow.set_index("step")["rows"]
    matched = found[found.index.get_level_values(0) != ""].sum()
    assert steps["finishing"] == found["finishing"].sum()
    assert steps["school_type_enrolled"] == found["matched"].sum()
    assert steps["present"] == matched["present"]
    assert steps.iloc[-1] == found["analysed"].sum() == matched["analysed"]


@pytest.mark.parametrize("state_by", ["exam", "school"])
@pytest.mark.parametrize("year", YEARS)
def test_each_edition_tabulates_like_a_plain_reading(release, year, state_by):
    made = release(str(year))
    # the state with most people left for the five scores; where none is, the whole country
    all_states = made.plain_sample(population("BR"), "mean")
    column = {"exam": "SG_UF_PROVA", "school": "SG_UF_ESC"}[state_by]
    state = made.raw.loc[all_states.index, column].value_counts().drop("", errors="ignore").idxmax()
    settings = population(state, state_by=state_by)
    for outcome in OUTCOMES:
        table, plain = made.tabulate(settings, outcome), made.plain_sample(settings, outcome)
        assert len(table.sample) == len(plain) == table.cells["n"].sum() > 0
        assert (table.flow["outcome"] == outcome).all()
        adds_up(table.flow, made.lines)
        same_cells(table.cells, plain)
        assert table.histogram["n"].sum() == len(plain)
        presence_is_a_plain_count(made, settings, outcome, table)
        assert len(table.cells) == 4 * len(made.edition.income_brackets)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_acre_2019_equals_a_plain_reading(release, outcome):
    made, settings = release("2019_AC"), population("AC")
    table, plain = made.tabulate(settings, outcome), made.plain_sample(settings, outcome)
    assert len(plain) == len(table.sample)
    assert list(table.cells["income_bracket"][:17]) == list(LETTERS)
    adds_up(table.flow, made.lines)
    same_cells(table.cells, plain)
    presence_is_a_plain_count(made, settings, outcome, table)
    if outcome == "mean":
        assert len(table.sample) == 4569
        assert table.cells.groupby("school_type")["n"].sum()["municipal"] == 7
        unmatched = table.presence[table.presence["school_type"].isna()]
        assert unmatched["finishing"].sum() == 1644
        assert (unmatched[["matched", "analysed"]] == 0).all(axis=None)


def test_graduates_others_and_the_unmatched_are_steps_of_their_own(release):
    made, settings = release("2019_AC"), population("AC")
    flow = made.tabulate(settings, "mean").flow.set_index("step")["excluded"]
    raw = made.raw[(made.raw.SG_UF_PROVA == "AC") & (made.raw.IN_TREINEIRO != "1")]
    unknown = raw.TP_DEPENDENCIA_ADM_ESC == ""
    assert flow["not_graduate"] == (raw.TP_ST_CONCLUSAO == "1").sum()
    assert flow["finishing"] == raw.TP_ST_CONCLUSAO.isin(["3", "4"]).sum()
    unmatched = (raw.TP_ST_CONCLUSAO == "2") & unknown
    assert flow["school_type_enrolled"] == unmatched.sum() == 1644
    assert flow["applications_all"] == 0
    steps = flow.index.tolist()
    order = [
        *("not_trainee", "not_graduate", "finishing"),
        *("school_type_enrolled", "present"),
    ]
    assert sorted(order, key=steps.index) == order


def test_presence_of_the_simulated_release(tmp_path):
    """Its absences are stated: 12% of those finishing on day one, 6% of the rest on day two."""
    path = tmp_path / "microdados_enem_2017.zip"
    others = tmp_path / "truth.csv", tmp_path / "truth_groups.csv"
    simulate_release(path, others[0], groups_path=others[1], participants=20_000, seed=3)
    made, settings = Release(tmp_path, path, 2017), population("BR")
    table = made.tabulate(settings, "mean")
    presence_is_a_plain_count(made, settings, "mean", table)
    totals = table.presence[["finishing", "matched", "present"]].sum()
    assert totals["finishing"] == totals["matched"] > 5000
    assert totals["present"] / totals["matched"] == pytest.approx(0.88 * 0.94, abs=0.02)


@pytest.mark.parametrize("year", [2010, 2013])
def test_a_graduate_on_record_at_a_school_stays(release, year):
    made, settings = release(str(year)), population("BR")
    graduates = made.raw[
        (made.raw.TP_ST_CONCLUSAO == "1") & (made.raw.TP_DEPENDENCIA_ADM_ESC != "")
    ]
    assert len(graduates) == 1
    table = made.tabulate(settings, "mean")
    assert len(table.sample) == len(made.plain_sample(settings, "mean"))
    presence_is_a_plain_count(made, settings, "mean", table)


BROKEN = {
    "everybody": lambda t: np.ones(len(t), bool),
    "whoever was not absent": lambda t: (t.filter(like="presence_") != 0).all(axis=1).to_numpy(),
    "one sitting": lambda t: (t["presence_CH"] == 1).to_numpy(bool),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_of_presence_is_noticed(release, monkeypatch, rule):
    """Scores are blank without presence, so the sample alone would not show it."""
    made, settings = release("2019_AC"), population("AC")
    sound = made.tabulate(settings, "mean")
    presence_is_a_plain_count(made, settings, "mean", sound)
    for module in ("population", "presence"):
        monkeypatch.setattr(f"enem.tabulate.{module}.present", lambda _: BROKEN[rule])
    broken = made.tabulate(settings, "mean")
    pd.testing.assert_frame_equal(broken.cells, sound.cells)
    with pytest.raises(AssertionError):
        presence_is_a_plain_count(made, settings, "mean", broken)


def test_rio_grande_do_sul_2017_by_residence(release):
    made, settings = release("2017_RS_sample"), population("RS", state_by="residence")
    table, plain = made.tabulate(settings, "mean"), made.plain_sample(settings, "mean")
    assert len(table.sample) == len(plain) == 56
    counts = table.cells.groupby("school_type")["n"].sum()
    assert (counts["federal"], counts["municipal"]) == (3, 0)
    adds_up(table.flow, made.lines)
    same_cells(table.cells, plain)
    assert "state_by_residence" in set(table.flow["step"])
    by_exam = made.tabulate(population("RS"), "mean")
    assert len(by_exam.sample) == len(made.plain_sample(population("RS"), "mean"))


def test_the_line_that_2011_breaks_off_in_is_a_step(release):
    made = release("2011")
    flow = made.tabulate(population("BR"), "mean").flow.set_index("step")
    assert json.loads(made.report.read_text())["cut_last_line"] == 1
    assert flow.loc["not_cut", "excluded"] == 1
    assert flow.loc["file", "rows"] == made.lines
    other = release("2012").tabulate(population("BR"), "mean").flow
    assert not other["step"].eq("not_cut").any()


@pytest.mark.parametrize("year", sorted(REPORTED))
def test_self_reported_school_types_reach_graduates(release, year):
    made, settings = release(str(year)), population("BR", school_type="self_reported")
    table, plain = made.tabulate(settings, "mean"), made.plain_sample(settings, "mean")
    assert list(table.cells["school_type"].unique()) == ["publica", "mista", "privada"]
    assert len(table.sample) == len(plain)
    same_cells(table.cells, plain)
    graduates = plain.index[made.raw.TP_ST_CONCLUSAO[plain.index] == "1"]
    assert len(graduates) > 0
    assert not set(graduates) & set(made.plain_sample(population("BR"), "mean").index)


@pytest.mark.parametrize("trainees", ["exclude", "keep"])
@pytest.mark.parametrize("rule", ["exclude", "keep"])
def test_zero_and_trainee_rules_follow_the_setting(release, rule, trainees):
    made = release("2019_AC")
    settings = population("AC", blank_answer_sheets=rule, zero_essays=rule, trainees=trainees)
    for outcome in ("mean", "CH", "REDACAO"):
        table, plain = made.tabulate(settings, outcome), made.plain_sample(settings, outcome)
        assert len(table.sample) == len(plain)
        steps = set(table.flow["step"])
        blank = "no_blank_sheet" in steps
        essay = "essay_above_zero" in steps
        assert blank == (rule == "exclude" and outcome != "REDACAO")
        assert essay == (rule == "exclude" and outcome != "CH")
        assert ("not_trainee" in steps) == (trainees == "exclude")
        if outcome != "mean":
            assert (plain.score == 0).any() == (rule == "keep")


def person(**changes):
    here = {f"presence_{area}": 1 for area in AREAS} | dict.fromkeys(SCORES, 500.0)
    ordinary = {"is_trainee": False, "school_type": "estadual", "income_bracket": "B"}
    places = {"state_exam": "AC", "state_school": "AC", "municipality": 1200401}
    return ordinary | places | here | changes


def made_release(folder, people):
    path, report = folder / "participants.parquet", folder / "conversion.json"
    pd.DataFrame(people).to_parquet(path)
    rows = {"rows": len(people), "cut_last_line": 0, "edition": "2019"}
    report.write_text(json.dumps(rows))
    return SimpleNamespace(path=path, report=report, edition=edition_named("2019"))


def tabulate_made(made, settings, outcomes, outcome):
    participants = load_participants(made.path, settings, outcomes, made.edition)
    return tabulate_outcome(participants, made.report, settings, outcome, LETTERS)


def test_an_area_needs_only_its_own_exam(tmp_path):
    gone = dict.fromkeys(("CN", "MT"), np.nan) | {"presence_CN": 0, "presence_MT": 0}
    made = made_release(tmp_path, [person(), person(**gone)])
    sizes = {
        outcome: len(tabulate_made(made, population("AC"), OUTCOMES, outcome).sample)
        for outcome in OUTCOMES
    }
    assert sizes == {"mean": 1, "CN": 1, "MT": 1, "CH": 2, "LC": 2, "REDACAO": 2}


def test_presence_counts_before_the_score(tmp_path):
    # 2009-2011 and 2013-2015 write 0 for an essay that was not sat; eliminated people keep codes
    absent, eliminated = {"presence_LC": 0, "REDACAO": 0.0}, {"presence_LC": 2, "LC": 480.0}
    blank = {"LC": 0.0}
    people = [person(), person(**absent), person(**eliminated), person(**blank)]
    made = made_release(tmp_path, people)
    essay = tabulate_made(made, population("AC"), OUTCOMES, "REDACAO")
    assert essay.sample.score.tolist() == [500.0, 500.0]
    languages = tabulate_made(made, population("AC"), OUTCOMES, "LC")
    flow = languages.flow.set_index("step")
    assert flow.loc["present", "excluded"] == 2
    assert flow.loc["no_blank_sheet", "excluded"] == 1
    adds_up(languages.flow, 4)


def test_the_mean_is_of_the_five_scores(tmp_path):
    marks = {"CN": 410.0, "CH": 520.0, "LC": 630.0, "MT": 740.0, "REDACAO": 0.0}
    made = made_release(tmp_path, [person(**marks)])
    sample = tabulate_made(made, population("AC"), ("mean",), "mean").sample
    assert sample.score.tolist() == [pytest.approx(460.0)]


def test_codes_of_groups_are_whole_numbers_where_some_are_missing(tmp_path):
    people = [person(school=12000001.0), person(municipality=None, school=None)]
    made = made_release(tmp_path, people)
    sample = tabulate_made(made, population("AC"), ("mean",), "mean").sample
    assert sample.loc[0, ["municipality", "school"]].tolist() == ["1200401", "12000001"]
    assert sample.loc[1, ["municipality", "school"]].isna().all()


def test_where_nobody_says_who_is_finishing_there_is_one_step(tmp_path):
    people = [person(), person(school_type=None), person(presence_CN=0, CN=np.nan)]
    table = tabulate_made(made_release(tmp_path, people), population("AC"), ("mean",), "mean")
    steps = table.flow["step"].tolist()
    assert not {"not_graduate", "finishing"} & {*steps}
    assert table.presence["finishing"].isna().all()
    assert table.presence[["matched", "present", "analysed"]].sum().tolist() == [2, 1, 1]


def test_those_who_declare_their_school_are_all_candidates(release):
    made, settings = release("2017"), population("BR", school_type="self_reported")
    table = made.tabulate(settings, "mean")
    totals = table.presence[["finishing", "matched", "analysed"]].sum().tolist()
    steps = table.flow.set_index("step")["rows"]
    known = steps["school_type_self_reported"]
    assert totals == [steps["not_trainee"], known, len(table.sample)]


def test_nobody_left_is_refused_with_the_flow(tmp_path):
    people = [person(is_trainee=True), person(income_bracket=None), person(state_exam="RS")]
    made = made_release(tmp_path, people)
    with pytest.raises(InputError) as refusal:
        tabulate_made(made, population("AC"), ("MT",), "MT")
    message = str(refusal.value)
    assert "nobody is left to analyse in AC (2019, outcome MT)" in message
    assert "file: 3 left; state_by_exam: 2 left; applications_untold" in message
    assert "not_trainee: 1 left" in message
    assert "income_known: 0 left" in message
    assert "Choose another state or state_by" in message


def test_a_state_without_rows_is_refused(tmp_path):
    made = made_release(tmp_path, [person()])
    with pytest.raises(InputError, match="state_by_exam: 0 left"):
        tabulate_made(made, population("TO"), ("mean",), "mean")


def test_residence_is_refused_where_the_file_has_none(tmp_path):
    made = made_release(tmp_path, [person()])
    with pytest.raises(InputError, match=r"state_by: residence cannot.*2019.*state_by: exam"):
        tabulate_made(made, population("AC", state_by="residence"), ("mean",), "mean")


def test_self_report_is_refused_where_nobody_was_asked(tmp_path):
    made = made_release(tmp_path, [person()])
    with pytest.raises(InputError, match=r"self_reported cannot.*2019.*2012-2018.*enrolled"):
        tabulate_made(made, population("AC", school_type="self_reported"), ("mean",), "mean")


def test_a_converted_table_without_its_columns_is_refused(tmp_path):
    people = [{k: v for k, v in person().items() if k != "MT"}]
    made = made_release(tmp_path, people)
    with pytest.raises(InputError, match=r"lacks MT; delete it under data/participants"):
        tabulate_made(made, population("AC"), ("MT",), "MT")


def test_cells_keep_precision_at_scores_far_from_zero():
    y = 1e6 + np.array([0.1, 0.2, 0.4])
    sample = pd.DataFrame({"school_type": "privada", "income_bracket": "Q", "score": y})
    cells = collapse_to_cells(sample, TYPES, LETTERS).set_index(["school_type", "income_bracket"])
    assert len(cells) == 4 * 17
    centred = np.array([0.1, 0.2, 0.4])
    assert cells.loc[("privada", "Q"), "ss"] == pytest.approx(3 * centred.var(), rel=1e-6)


def test_histogram_bins_are_half_open_and_count_everybody():
    y = [300.0, 309.9, 310.0, 329.99, 330.0]
    sample = pd.DataFrame({"school_type": ["federal"] * 4 + ["privada"], "score": y})
    sample["income_bracket"] = list("ABAAA")
    table = score_histogram(sample, TYPES)
    assert table["n"].sum() == 5
    assert (table["score_high"] - table["score_low"] == 10).all()
    counts = table.set_index(["school_type", "income_bracket", "score_low"])["n"]
    assert counts.to_dict() == {
        ("federal", "A", 300): 1,
        ("federal", "A", 310): 1,
        ("federal", "A", 320): 1,
        ("federal", "B", 300): 1,
        ("privada", "A", 330): 1,
    }


@pytest.mark.parametrize("year", YEARS)
def test_income_is_ascending_with_midpoints(year):
    table = income_table(edition_named(str(year)), ASSUMED)
    first = "H" if year <= 2010 else "A"
    letters = sorted(table["income_bracket"])
    assert table["income_bracket"].tolist() == [first, *(b for b in letters if b != first)]
    assert (np.diff(table["value_min_wages"]) > 0).all()
    assert (np.diff(table["x"]) > 0).all()
    inner = table.iloc[1:-1]
    np.testing.assert_allclose(
        inner["value_min_wages"], (inner["lower_min_wages"] + inner["upper_min_wages"]) / 2
    )
    np.testing.assert_allclose(2 * 2 ** table["x"], table["value_min_wages"])
    assert table["value_min_wages"].iloc[0] == 0.25
    last = table.iloc[-1]
    assert np.isnan(last["upper_min_wages"])
    assert last["value_min_wages"] == 1.25 * last["lower_min_wages"]


def test_income_of_2019_in_reais():
    table = income_table(edition_named("2019"), ASSUMED).set_index("income_bracket")
    assert table.loc["B", "value_brl"] == pytest.approx(499.0)
    assert table.loc["C", "value_min_wages"] == 1.25
    assert table.loc["Q", "value_brl"] == pytest.approx(25 * 998)
    assert table.loc["E", "x"] == pytest.approx(np.log2(2.25 / 2))


@pytest.mark.parametrize("year", YEARS)
def test_bracket_bounds_are_those_of_the_dictionaries(shared_microdata, year):
    published = pd.read_csv(shared_microdata.parent / "enem" / "income_brackets.csv")
    published = published[published["year"] == year].set_index("code")["upper_brl"]
    table = income_table(edition_named(str(year)), ASSUMED).set_index("income_bracket")
    wage = edition_named(str(year)).minimum_wage
    upper = (table["upper_min_wages"] * wage).dropna()
    bounds = published.reindex(upper.index).fillna(0.0)
    assert len(upper) == len(table) - 1
    # the one exception is 2015's bracket D, R$ 1,572 where two minimum wages were 1,576
    np.testing.assert_allclose(upper, bounds, atol=4.01 if year == 2015 else 1.01)


def test_each_alternative_moves_one_bracket():
    settings = {
        "none": 0.25,
        "open_ended_factor": 1.25,
        "alternatives": {"none": [0.125, 0.5], "open_ended_factor": [1.0, 2.0]},
    }
    base = income_table(edition_named("2017"), ASSUMED)["x"].to_numpy()
    found = alternative_incomes(edition_named("2017"), settings)
    assert len(found) == 4
    moved = {name: (x - base).nonzero()[0].tolist() for name, x in found.items()}
    assert moved["none=0.125"] == [0]
    assert moved["open_ended_factor=2.0"] == [16]
    assert found["none=0.5"][0] == pytest.approx(-2)
    assert found["open_ended_factor=1.0"][16] == pytest.approx(np.log2(10))
