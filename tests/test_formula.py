import itertools
import random
import re
import subprocess
import sys

import pytest

from enem.errors import InputError
from enem.mixed import variables
from enem.mixed.formula import Formula, Term, parse_formula
from enem.mixed.mathematics import as_html, mathematics
from enem.mixed.specification import Specification
from enem.mixed.variables import (
    COVARIATES,
    MUNICIPAL,
    NUMERIC,
    categorical,
    covariates_of,
    known,
)
from made import REPOSITORY

KEY = "formulas.mine"
LINE = ("1", "income")
CONTEXT = ("1", "income", "school_income")
SCHOOL_TYPE, CELL = ("school_type",), ("school_type", "income_bracket")
DEFAULTS = {
    "score ~ income": (LINE, ()),
    "score ~ income + (income | school_type)": (LINE, (Term(LINE, SCHOOL_TYPE),)),
    "score ~ income + (1 | income_bracket)": (LINE, (Term(("1",), ("income_bracket",)),)),
    "score ~ income + (income | school_type) + (1 | school_type:income_bracket)": (
        LINE,
        (Term(LINE, SCHOOL_TYPE), Term(("1",), CELL)),
    ),
    "score ~ income + school_income + (income | school_type) + (school_income | school_type)": (
        CONTEXT,
        (Term(CONTEXT, SCHOOL_TYPE),),
    ),
    "score ~ 1 + (1 | school_type)": (("1",), (Term(("1",), SCHOOL_TYPE),)),
}

VARYING = [name for name in NUMERIC if name not in MUNICIPAL]


@pytest.mark.parametrize("text", DEFAULTS)
def test_formulas_of_the_design_are_what_they_say(text):
    common, terms = DEFAULTS[text]
    assert parse_formula(text, KEY) == Formula(text, common, terms)


@pytest.mark.parametrize(
    ("text", "common", "terms"),
    [
        ("score~income", LINE, ()),
        ("  score ~  1+sex + income\n", ("1", "income", "sex"), ()),
        ("score ~ school_income + income", CONTEXT, ()),
        ("score ~ (income+1|sex)", ("1",), (Term(LINE, ("sex",)),)),
        ("score ~ (1 | income_bracket:school_type)", ("1",), (Term(("1",), CELL),)),
        # a slope that varies without a common one: its prior mean is 0 in every group
        ("score ~ 1 + (income | sex)", ("1",), (Term(LINE, ("sex",)),)),
        (
            "score ~ (1 | race) + (income | sex) + (school_income | sex)",
            ("1",),
            (Term(("1",), ("race",)), Term(CONTEXT, ("sex",))),
        ),
        ("score ~ sex + (1 | sex:race)", ("1", "sex"), (Term(("1",), ("sex", "race")),)),
    ],
)
def test_however_a_formula_is_written_it_is_one_structure(text, common, terms):
    found = parse_formula(text, KEY)
    assert (found.common, found.terms) == (common, terms)
    assert found.text == " ".join(text.split())


def test_what_a_formula_uses():
    pooled, schools, cells = (
        parse_formula(f"score ~ {right}", KEY)
        for right in (
            "1 + (1 | school_type:sex)",
            "race + (1 | school_type)",
            "(1 | income_bracket)",
        )
    )
    assert [pooled.uses(name) for name in ("1", "sex", "school_type", "income")] == [
        *(True, True, True, False)
    ]
    assert [f.needs_income for f in (pooled, schools, cells)] == [False, False, True]
    specs = [Specification("mine", formula, ()) for formula in (pooled, schools, cells)]
    assert [spec.by_school_type for spec in specs] == [False, True, False]
    assert parse_formula("score ~ income", KEY).needs_income
    assert parse_formula("score ~ school_income", KEY).needs_income
    assert parse_formula("score ~ (school_income | sex)", KEY).needs_income
    assert [covariates_of(f) for f in (pooled, schools, cells)] == [("sex",), ("race",), ()]


REFUSALS = {
    # what runs code, or could
    "score ~ income + os.system('x')": "calls os.system(",
    "score ~ log(income)": "income is a logarithm already",
    "score ~ offset(income)": "calls offset(",
    "score ~ I(income)": "calls I(",
    "score ~ (1 | sex)(income)": "has brackets side by side",
    "score ~ income (1 | sex)": "put a + before a term in brackets",
    "score ~ {income + 1}": "braces",
    "score ~ os.system": "has a dot",
    "score ~ .": "has a dot",
    "score ~ 0.5": "has a dot",
    "score ~ `income`": "write names as they are",
    "score ~ 'income'": "write names as they are",
    "score ~ sex[M]": "name the whole variable",
    "score ~ __import__": "cannot be read",
    "score ~ True": "literal True",
    # not linear
    "score ~ income**2": "linear: use (1 | income_bracket)",
    "score ~ income^2": "linear: use (1 | income_bracket)",
    # its two sides
    "income": "has no ~: write it as in score ~ income",
    "": "has no ~",
    "score ~ income ~ sex": "has 2 ~",
    "score ~": "names nothing after ~",
    "~ income": "cannot be read",
    "y ~ income": "begin with score",
    "score + sex ~ income": "begins with score + sex",
    "(score ~ income)": "cannot be read",
    "score ~ income + score": "explains score by itself: leave it out",
    # its intercept
    "score ~ 0 + income": "no common intercept",
    "score ~ income + 0": "no common intercept",
    "score ~ -1 + income": "no common intercept",
    "score ~ income - 1": "leave out 0 and -1",
    "score ~ 0": "no common intercept",
    "score ~ 1 + 1": "has 1 twice in one place",
    # names
    "score ~ incomes": "names incomes: use one of income, ",
    "score ~ Race": "use one of race, ",
    "score ~ (1 | schooltype)": "use one of school_type, ",
    "score ~ lambda": "use one of income, school_income, municipality_income, ",
    "score ~ (1 | school)": "names the level school: levels join by config key levels",
    "score ~ municipality": "names the level municipality",
    # twice
    "score ~ income + income": "has income twice in one place: write it once",
    "score ~ (income | sex) + (income | sex)": "has income twice",
    "score ~ (income + income | sex)": "has income twice",
    "score ~ (1 | sex) + (1 | sex)": "leave out (1 | sex)",
    "score ~ (1 | sex) + (income | sex)": "leave out (1 | sex)",
    "score ~ (income | sex) + (1 | sex)": "leave out (1 | sex)",
    "score ~ (1 | sex:race) + (1 | race:sex)": "leave out (1 | sex:race)",
    "score ~ (1 | sex:sex)": "has sex twice",
    "score ~ sex + (1 | sex)": "sex both alone and as a factor",
    "score ~ income + income_bracket": "write the brackets as (1 | income_bracket)",
    # the common part
    "score ~ income:school_income": "join them by +",
    "score ~ income*school_income": "join them by +",
    "score ~ income*sex": "write (income | sex) instead",
    "score ~ sex:income": "write (income | sex) instead",
    "score ~ race:sex": "write (1 | race:sex) instead",
    "score ~ race/sex": "write (1 | race:sex) instead",
    "score ~ 2*income": "name variables joined by +",
    "score ~ income + 2": "has the number 2",
    "score ~ income - sex": "leave out what the model is not to have",
    "score ~ (income + sex)": "brackets hold a term that varies by a factor",
    "score ~ income = 1": "EQUALS SIGN",
    "score ~ income, sex": "COMMA",
    "score ~ income %in% sex": "PERCENT SIGN",
    "score ~ income + -sex": "an operator too many",
    "score ~ income +": "an operator too many",
    "score ~ income sex": "cannot be read",
    "score ~ 1income": "cannot be read",
    # terms
    "score ~ income | sex": "put those with | in brackets",
    "score ~ (1 | income)": "(1 | income_bracket)",
    "score ~ (1 | school_income)": "numeric school_income as a factor",
    "score ~ (income || sex)": "write |, coefficients of a term are independent",
    "score ~ (sex | race)": "write (1 | race:sex)",
    "score ~ (sex | sex)": "write (1 | sex)",
    "score ~ (0 + sex | race)": "write (1 | race:sex)",
    "score ~ (0 + income | race)": "as in (income | race)",
    "score ~ (income - 1 | race)": "as in (income | race)",
    "score ~ (income:school_income | race)": "write 1 or numeric variables",
    "score ~ (2 | race)": "write 1 or numeric variables",
    "score ~ (incom | race)": "use one of income, ",
    "score ~ (1 | race | sex)": "more than one |",
    "score ~ (1 | race/sex)": "a term for each, as in",
    "score ~ (1 | race + sex)": "a term for each, as in",
    "score ~ (1 | race*sex)": "a term for each, as in",
    "score ~ (1 | 1)": "has the factor 1",
    "score ~ (1 |)": "an operator too many",
    "score ~ (| sex)": "cannot be read",
    "score ~ ()": "cannot be read",
    "score ~ ((1 | sex))": "brackets in brackets",
    "score ~ (1 | sex": "cannot be read",
    "score ~ 1 | sex)": "cannot be read",
    # what hides
    "score ~ income\n+ sex": "runs over several lines",
    "score ~ s\u0435x": "U+0435 CYRILLIC SMALL LETTER IE",
    "score ~ income \u2212 sex": "U+2212 MINUS SIGN",
    "score ~ income\u202e": "U+202E RIGHT-TO-LEFT OVERRIDE",
    "score ~ income\x00": "U+0000",
    "score ~ income\t+ sex": "write it in plain ASCII letters and spaces",
    "score ~ income" + " + sex" * 200: "has 1214 characters: write at most 1000",
}


@pytest.mark.parametrize("text", REFUSALS)
def test_what_a_formula_may_not_hold_is_refused_in_one_sentence(text):
    with pytest.raises(InputError) as caught:
        parse_formula(text, KEY)
    message = str(caught.value)
    shown = repr(text)[:100].rstrip("'\"")
    assert message.startswith(f"Config key {KEY} is {shown}")
    assert REFUSALS[text] in message.removeprefix(f"Config key {KEY} is {text!r}")
    assert message.endswith(".")
    assert "\n" not in message
    assert message.isprintable()
    assert len(message) < 500


def written(common, terms, rng):
    """Write a structure in one of the many ways in which people do."""
    parts = list(common) if rng.random() < 0.5 else [name for name in common if name != "1"]
    for columns, factor in terms:
        slopes = [name for name in columns if name != "1"]
        groups = ":".join(rng.sample(factor, len(factor)))
        # a term of several slopes may also be written as several terms
        pieces = [[name] for name in slopes] if rng.random() < 0.5 else [slopes]
        if len(slopes) < 2:
            pieces = [slopes]
        for piece in pieces:
            names = ["1", *piece] if not piece or rng.random() < 0.5 else piece
            parts.append(f"({'+'.join(rng.sample(names, len(names)))} | {groups})")
    if not parts:
        parts = ["1"]
    rng.shuffle(parts)
    return "score" + rng.choice(["~", " ~ "]) + rng.choice(["+", " + ", "  +"]).join(parts)


def subset(rng, names, chance=0.4):
    return tuple(name for name in names if rng.random() < chance)


@pytest.mark.parametrize("seed", range(300))
def test_generated_formulas_come_back(seed):
    rng = random.Random(seed)
    factors = [
        *itertools.combinations(categorical(), 1),
        *itertools.combinations(categorical(), 2),
    ]
    terms = [(("1", *subset(rng, VARYING)), f) for f in rng.sample(factors, rng.randrange(4))]
    grouping = {name for _, factor in terms for name in factor if len(factor) == 1}
    free = [name for name in categorical() if name not in grouping | {"income_bracket"}]
    common = ("1", *subset(rng, NUMERIC), *subset(rng, free, 0.2))
    text = written(common, terms, rng)
    found = parse_formula(text, KEY)
    assert found.common == common
    assert sorted((t.columns, t.factor) for t in found.terms) == sorted(terms)
    # written out again it is the same
    again = parse_formula(
        written(found.common, [(t.columns, t.factor) for t in found.terms], rng), KEY
    )
    assert (again.common, set(again.terms)) == (found.common, set(found.terms))


PIECES = (
    *known(),
    *("score", "school", "municipality", "1", "0", "2", "0.5", "1e9", "~", "+", "-", "*", "/"),
    *(":", "|", "||", "**", "^", "(", ")", "[", "]", "{", "}", "`", "'", '"', ",", ".", "=", "=="),
    *("!", "<", ">=", "%", "\\", "\n", "\t", "\x00", "#", "@", "$", "&", ";", "\u00a0", "\u0435"),
    *("os.system('touch HERE')", "__import__('os').system('touch HERE')", "exec", "eval", "lambda"),
    *("open('HERE', 'w')", "True", "None", "I(", "C(sex)", "(income | school_type)", "(1 | sex"),
    *("{print(1)}", "[x for x in ().__class__.__bases__]", "!!python/object", "${jndi}", "$(id)"),
)


def hostile(rng):
    kind = rng.random()
    if kind < 0.7:
        text = rng.choice(["", " "]).join(rng.choices(PIECES, k=rng.randrange(1, 14)))
    elif kind < 0.85:
        text = "".join(map(chr, rng.choices(range(1, 0x250), k=rng.randrange(1, 60))))
    else:
        text = rng.choice(["(", "1:", "sex*", "a|", "-", "+", "[", "`", "~", "{"]) * 400
    return rng.choice(["score ~ ", "score ~ income + ", ""]) + text


def events_of(watched):
    """Call a function; list what Python's audit saw it compile, run, import or open."""
    seen, watching = [], True

    def hook(event, arguments):
        if watching:
            seen.append((event, arguments))

    sys.addaudithook(hook)
    try:
        watched()
    finally:
        watching = False
    return seen


def test_the_audit_sees_what_runs():
    for code in ("True", "__import__('os').listdir()", "__import__('os').system('true')"):
        assert events_of(lambda code=code: eval(code))


def test_no_text_runs_anything_or_ends_in_another_error():
    rng = random.Random(20171105)
    texts = [hostile(rng) for _ in range(20_000)]
    parse_formula("score ~ income", KEY)  # reads the parser's modules
    accepted = []

    def read():
        for text in texts:
            try:
                accepted.append(parse_formula(text, KEY))
            except InputError:
                continue

    assert events_of(read) == []
    assert len(accepted) > 100
    for found in accepted:
        assert set(found.common) <= {"1", *known()}
        for term in found.terms:
            assert set(term.columns) <= {"1", *VARYING}
            assert set(term.factor) <= set(categorical())


def test_reading_formulas_imports_neither_pandas_nor_the_rest_of_formulae():
    code = (
        f"import sys; sys.path.insert(0, {str(REPOSITORY / 'workflow')!r})\n"
        "from enem.mixed.formula import parse_formula\n"
        "parse_formula('score ~ income + (income | school_type)', 'formulas.mine')\n"
        "print(*[name for name in ('pandas', 'scipy', 'formulae') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("text", DEFAULTS)
def test_terms_are_those_that_formulae_itself_finds(text):
    from formulae import model_description

    model, mine = model_description(text), parse_formula(text, KEY)
    common = {"1" if term.name == "Intercept" else term.name for term in model.common_terms}
    assert common == set(mine.common)
    theirs = {
        ("1" if term.expr.name == "Intercept" else term.expr.name, term.factor.name)
        for term in model.group_terms
    }
    assert theirs == {(name, ":".join(t.factor)) for t in mine.terms for name in t.columns}


def test_a_covariate_is_one_entry_of_data(monkeypatch):
    with pytest.raises(InputError, match="names essay_status"):
        parse_formula("score ~ (1 | essay_status)", KEY)
    entry = variables.Covariate(("essay_status",), ("ok", "blank"), "ok")
    monkeypatch.setitem(COVARIATES, "essay_status", entry)
    formula = parse_formula("score ~ income + essay_status + (1 | essay_status:sex)", KEY)
    assert covariates_of(formula) == ("sex", "essay_status")
    assert variables.columns_of(covariates_of(formula)) == ["essay_status", "sex"]
    assert variables.levels_of("essay_status") == ("ok", "blank", "sem_resposta")
    assert variables.two_levels(("essay_status",))
    assert "2019" in variables.editions_with("essay_status")


def in_symbols(right, levels=("municipality", "school")):
    return mathematics(parse_formula(f"score ~ {right}", KEY), levels)


def test_a_formula_in_mathematics():
    found = in_symbols("income + (income | school_type) + (1 | school_type:income_bracket)")
    assert found.equation == "score_i = α + β x_i + α_g + β_g x_i + α_h + u_m + v_s + e_i"
    assert found.distributions == (
        "α ~ N(m_α, s_α²)",
        "β ~ N(m_β, s_β²)",
        "α_g ~ N(0, τ_{α,g}²)",
        "β_g ~ N(0, τ_{β,g}²)",
        "α_h ~ N(0, τ_{α,h}²)",
        "u_m ~ N(0, τ_u²)",
        "v_s ~ N(0, τ_v²)",
        "e_i ~ N(0, σ_g²)",
    )
    assert found.symbols == {
        "g": "school_type",
        "h": "school_type:income_bracket",
        "m": "municipality",
        "s": "school",
        "x_i": "income",
    }


def test_mathematics_of_models_without_school_types_or_levels():
    pooled = in_symbols("income", [])
    assert pooled.equation == "score_i = α + β x_i + e_i"
    assert pooled.distributions[-1] == "e_i ~ N(0, σ²)"
    assert pooled.symbols == {"x_i": "income"}
    mixed = in_symbols("school_income + race + (1 | sex)", ["school"])
    assert mixed.equation == "score_i = α + γ z_i + δ_{race} + α_g + v_s + e_i"
    # of two levels the scale is known
    assert "α_g ~ N(0, s_{α,g}²)" in mixed.distributions
    assert "δ_{race} ~ N(0, s_δ²)" in mixed.distributions


def test_every_symbol_of_the_equation_has_a_distribution_or_a_meaning():
    factors = [":".join(f) for f in itertools.combinations(categorical(), 2)][:20]
    right = "income + race" + "".join(f" + (income | {factor})" for factor in factors)
    found = in_symbols(right)
    assert len(set(found.symbols)) == 20 + 3
    assert not re.search("[{}_]", as_html(" ".join([found.equation, *found.distributions])))
    drawn = {law.split(" ~ ")[0] for law in found.distributions}
    for summand in found.equation.removeprefix("score_i = ").split(" + "):
        coefficient, _, variable = summand.partition(" ")
        assert coefficient in drawn
        assert not variable or variable in found.symbols


def test_mathematics_as_html():
    assert as_html("α_g ~ N(0, τ_{α,g}²)") == "α<sub>g</sub> ~ N(0, τ<sub>α,g</sub>²)"
    assert as_html("a < b") == "a &lt; b"
