"""Names of what tables hold by codes: states, scores, school types, models, parameters, steps."""

from enem.figures.style import sheet
from enem.figures.words import capitalised, joined, say
from enem.language.catalogue import has_name
from enem.mixed.parameters import COLUMNS, factors_of
from enem.names import BRAZIL, STATE_NAMES

PARAMETERS = {
    "intercept": "Intercept",
    "slope": "Slope",
    "context": "Context",
    "municipal_slope": "Municipal slope (ecological)",
    "municipal_spread": "Municipal spread (ecological)",
    "sigma": "Sigma",
    "tau_intercept": "Variation of expected scores",
    "tau_slope": "Variation of slopes",
    "tau_context": "Variation of the context",
    "tau_bracket": "Standard deviation of brackets",
    "tau_cell": "Standard deviation of cells",
    "tau_municipality": "Standard deviation of municipalities",
    "tau_school": "Standard deviation of schools",
    "bracket": "Deviation",
    "cell": "Deviation",
}
"""Short names, for panels; those of the page explain more."""

SYMBOLS = {
    "tau_intercept": r"$\mathregular{\tau_\alpha}$",
    "tau_slope": r"$\mathregular{\tau_\beta}$",
    "tau_context": r"$\mathregular{\tau_\gamma}$",
    "tau_municipality": r"$\mathregular{\tau_u}$",
    "tau_school": r"$\mathregular{\tau_v}$",
}
"""Letters of scales, as the page's formulas have them; in a line of their own, since Matplotlib
places every letter of a line of mathematics by itself."""


def state(code: str) -> str:
    """Name a state with its code, or the whole country."""
    return say("Brazil") if code == BRAZIL else f"{STATE_NAMES[code]} ({code})"


def outcome(name: str) -> str:
    """Name an outcome, to stand inside a sentence."""
    return say("the five scores together") if name == "joint" else say(f"outcome.{name}")


def score_axis(name: str) -> str:
    """Label an axis that shows the outcome, which the title names as well."""
    if sheet().short:
        return say("Score (points)")
    return say("{score} (points)", score=capitalised(outcome(name)))


def school_type(name: str) -> str:
    """Name a school type, or all participants."""
    return say("All participants") if name == "all" else say(f"school.{name}")


def model_name(name: str) -> str:
    """Name a model; one without words of its own keeps its name."""
    return say(f"model.{name}") if has_words(name) else name


def has_words(model: str) -> bool:
    """Whether a model has a name in words."""
    return has_name(f"model.{model}")


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
        return say("Variation: {of}", of=coefficient(base.removeprefix("tau_")))
    factor = joined(" × ", [capitalised(say(f"variable.{name}")) for name in factors_of(base)])
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
        return STATE_NAMES[name]
    return say(f"level.{name}") if has_name(f"level.{name}") else name


def unit(parameter: str) -> str:
    """Unit of a parameter such as ``slope[privada]``."""
    per_doubling = parameter.partition("[")[0].endswith(COLUMNS)
    return say("points per doubling") if per_doubling else say("points")


def step_name(step: str, of_state: str) -> str:
    """Name a step of the selection; one that has no name is shown as it is."""
    if not has_name(f"step.{step}"):
        return step
    return say(f"step.{step}", state=say("Brazil") if of_state == BRAZIL else of_state)
