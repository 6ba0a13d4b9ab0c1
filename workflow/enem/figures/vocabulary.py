"""Names of what tables hold by codes: states, scores, school types, models, parameters, steps."""

import re

from enem.figures.words import capitalised, joined, say
from enem.mixed.specification import FACTOR_NAMES
from enem.mixed.variables import categorical

STATES = {
    "AC": "Acre",
    "AL": "Alagoas",
    "AM": "Amazonas",
    "AP": "Amapá",
    "BA": "Bahia",
    "CE": "Ceará",
    "DF": "Distrito Federal",
    "ES": "Espírito Santo",
    "GO": "Goiás",
    "MA": "Maranhão",
    "MG": "Minas Gerais",
    "MS": "Mato Grosso do Sul",
    "MT": "Mato Grosso",
    "PA": "Pará",
    "PB": "Paraíba",
    "PE": "Pernambuco",
    "PI": "Piauí",
    "PR": "Paraná",
    "RJ": "Rio de Janeiro",
    "RN": "Rio Grande do Norte",
    "RO": "Rondônia",
    "RR": "Roraima",
    "RS": "Rio Grande do Sul",
    "SC": "Santa Catarina",
    "SE": "Sergipe",
    "SP": "São Paulo",
    "TO": "Tocantins",
}
"""The same in every language."""

OUTCOMES = {
    "mean": "mean of the five scores",
    "CN": "natural sciences score",
    "CH": "human sciences score",
    "LC": "languages score",
    "MT": "mathematics score",
    "REDACAO": "essay score",
    "joint": "the five scores together",
}
AREAS = {
    "CN": "Natural sciences",
    "CH": "Human sciences",
    "LC": "Languages",
    "MT": "Mathematics",
    "REDACAO": "Essay",
}
SCHOOL_TYPES = {
    "federal": "Federal",
    "estadual": "State",
    "municipal": "Municipal",
    "publica": "Public only",
    "mista": "Mixed",
    "privada": "Private",
    "all": "All participants",
}
MODELS = {
    "pooled": "One line",
    "school_type": "School type",
    "one_mean": "One mean",
    "school_type_means": "Mean of each school type",
    "income": "Income bracket",
    "school_type_income": "School type and income bracket",
    "school_context": "School type and school’s income",
}
PARAMETERS = {
    "intercept": "Intercept",
    "slope": "Slope",
    "context": "Context",
    "sigma": "Sigma",
    "tau_intercept": "Tau of intercepts",
    "tau_slope": "Tau of slopes",
    "tau_context": "Tau of contexts",
    "tau_bracket": "Tau of brackets",
    "tau_cell": "Tau of cells",
    "tau_municipality": "Tau of municipalities",
    "tau_school": "Tau of schools",
    "bracket": "Deviation",
    "cell": "Deviation",
}
FACTOR_WORDS = {
    "school_type": "School type",
    "income_bracket": "Income bracket",
    "state": "State of Brazil",
    "sex": "Sex",
    "race": "Colour or race",
    "mother_education": "Mother’s education",
    "father_education": "Father’s education",
    "household_size": "Household size",
    "age_band": "Age",
    "first_generation": "First generation at university",
}
LEVELS = {
    "M": "Male",
    "F": "Female",
    "branca": "White",
    "parda": "Brown (parda)",
    "preta": "Black",
    "amarela": "Asian (amarela)",
    "indigena": "Indigenous",
    "nao_declarada": "Not declared",
    "nenhuma": "No schooling",
    "fundamental_1": "Lower primary",
    "fundamental_2": "Upper primary",
    "medio_incompleto": "Some secondary",
    "medio": "Secondary",
    "superior": "Higher education",
    "pos_graduacao": "Postgraduate",
    "nao_sabe": "Not known",
    "sim": "Yes",
    "nao": "No",
    "sem_resposta": "No answer",
}
STEPS = {
    "rows in the file": "Rows in the file",
    "row not cut short by the end of the file": "Row not cut short by the end of the file",
    r"exam in (?P<state>\w+)": "Exam in {state}",
    r"school in (?P<state>\w+)": "School in {state}",
    r"residence in (?P<state>\w+)": "Residence in {state}",
    "not a trainee": "Not a trainee",
    r"trainee or not \(the file does not tell\)": "Trainee or not (the file does not tell)",
    r"every application \(booklets do not tell which\)": (
        "Every application of the exam (booklets do not tell which)"
    ),
    "not a graduate": "Not a graduate",
    "finishing school that year": "Finishing school that year",
    "present in the exams that the outcome needs": "Sat every exam the score needs",
    "every score of the outcome known": "Every score known",
    r"no blank answer sheet \(objective score 0\)": "No blank answer sheet (objective score 0)",
    "essay score above 0": "Essay score above 0",
    "family income known": "Family income known",
    r"school type known \(enrolled\)": "School type known (where enrolled)",
    r"school type known \(self_reported\)": "School type known (self-reported)",
}
"""Steps as the selection of the sample writes them, and their words."""

COLUMNS = ("slope", "context")
"""Coefficients per doubling of an income; those that vary by a factor end in one of these."""

FACTORS = {
    **dict.fromkeys(("intercept", *COLUMNS, "sigma"), ("school_type",)),
    **{"_".join(factor): factor for factor in FACTOR_NAMES},
    **{name: factor for factor, name in FACTOR_NAMES.items()},
}
"""Factors by the names of coefficients that do not spell them."""


def state(code: str) -> str:
    """Name a state with its code, or the whole country."""
    return f"{STATES[code]} ({code})" if code in STATES else say("Brazil")


def outcome(name: str) -> str:
    """Name an outcome, to stand inside a sentence."""
    return say(OUTCOMES[name])


def score_axis(name: str) -> str:
    """Label an axis that shows the outcome."""
    return say("{score} (points)", score=capitalised(outcome(name)))


def school_type(name: str) -> str:
    """Name a school type, or all participants."""
    return say(SCHOOL_TYPES[name])


def model_name(name: str) -> str:
    """Name a model; one without words of its own keeps its name."""
    return say(MODELS[name]) if name in MODELS else name


def parameter_name(name: str, separator: str = ", ") -> str:
    """Write a parameter such as ``slope[privada]`` as ``Slope, Private``."""
    base, _, inside = name.removesuffix("]").partition("[")
    levels = inside.split(", ") if inside else []
    factors = factors_of(base) if levels else []
    named = [level_name(*each) for each in zip(factors, levels, strict=True)]
    return joined(separator, [coefficient(base), *named])


def coefficient(base: str) -> str:
    """Name a coefficient or a scale, of whatever factor it is."""
    if base in PARAMETERS:
        return say(PARAMETERS[base])
    if base.startswith("tau_"):
        return say("Tau: {of}", of=coefficient(base.removeprefix("tau_")))
    factor = joined(" × ", [say(FACTOR_WORDS[name]) for name in factors_of(base)])
    column = next((name for name in COLUMNS if base.endswith(f"_{name}")), None)
    if column is None:
        return factor
    return say("{coefficient} by {by}", coefficient=coefficient(column), by=factor)


def level_name(factor: str, name: str) -> str:
    """Name a level of a categorical variable; one that is a number keeps its own."""
    if factor == "income_bracket":
        return say("bracket {letter}", letter=name)
    if factor == "school_type":
        return school_type(name)
    if factor == "state":
        return STATES[name]
    return say(LEVELS[name]) if name in LEVELS else name


def unit(parameter: str) -> str:
    """Unit of a parameter such as ``slope[privada]``."""
    per_doubling = parameter.partition("[")[0].endswith(COLUMNS)
    return say("points per doubling") if per_doubling else say("points")


def step_name(step: str) -> str:
    """Name a step of the selection; one that no pattern knows keeps its own words."""
    for pattern, words in STEPS.items():
        if found := re.fullmatch(pattern, step):
            places = found.groupdict().items()
            return say(words, **{k: say("Brazil") if v == "Brazil" else v for k, v in places})
    return step


def factors_of(base: str) -> tuple[str, ...]:
    """Categorical variables by which a coefficient varies, as its name spells them."""
    if base in FACTORS:
        return FACTORS[base]
    for column in COLUMNS:
        base = base.removesuffix(f"_{column}")
    if base in FACTORS:
        return FACTORS[base]
    for name in sorted(categorical(), key=len, reverse=True):
        if base == name or base.startswith(f"{name}_"):
            rest = base.removeprefix(name).removeprefix("_")
            return (name, *factors_of(rest)) if rest else (name,)
    return (base,)
