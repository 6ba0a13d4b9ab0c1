"""What a reader of a figure sees in words and numbers, in the language of the figure."""

from collections.abc import Mapping
from dataclasses import dataclass

from enem.figures import labels_en, labels_pt
from enem.mixed.specification import FACTOR_NAMES
from enem.mixed.variables import categorical
from enem.names import STATE_NAMES

STEPS = {
    "file": "step.file",
    "not_cut": "step.cut",
    "state_by_exam": "step.exam",
    "state_by_school": "step.school",
    "state_by_residence": "step.residence",
    "applications_untold": "step.applications",
    "applications_all": "step.applications_all",
    "application_regular": "step.regular",
    "not_trainee": "step.trainee",
    "trainees_untold": "step.untold_trainee",
    "not_graduate": "step.graduate",
    "finishing": "step.finishing",
    "school_type_enrolled": "step.enrolled",
    "school_type_self_reported": "step.self_reported",
    "present": "step.present",
    "scores_known": "step.scores",
    "no_blank_sheet": "step.blank",
    "essay_above_zero": "step.essay",
    "income_known": "step.income",
    "municipal_income_known": "step.municipal_income",
}
"""Codes of the steps of the selection, and their keys."""

COLUMNS = ("slope", "context")
"""Coefficients per doubling of an income; those that vary by a factor end in one of these."""

FACTORS = {
    **dict.fromkeys(("intercept", *COLUMNS, "sigma"), ("school_type",)),
    **{"_".join(factor): factor for factor in FACTOR_NAMES},
    **{name: factor for factor, name in FACTOR_NAMES.items()},
}
"""Factors by the names of coefficients that do not spell them."""


@dataclass(frozen=True)
class Labels:
    """One language.

    Attributes
    ----------
    catalogue
        Strings by key, with named placeholders.
    thousands, decimal
        Separators in numbers.
    """

    catalogue: Mapping[str, str]
    thousands: str
    decimal: str

    def text(self, key: str, **values: object) -> str:
        """Fill one string of the catalogue."""
        return self.catalogue[key].format(**values)

    def number(self, value: float, decimals: int = 0) -> str:
        """Write a number with thousands separators and a true minus sign."""
        # adding 0.0 turns a negative zero into a plain one
        return self.separated(f"{round(value, decimals) + 0.0:,.{decimals}f}")

    def short(self, value: float) -> str:
        """Write a number with as many decimals as it needs, six digits at most."""
        return self.separated(f"{value + 0.0:,.6g}")

    def separated(self, english: str) -> str:
        """Give a number written with ``,`` and ``.`` the language's own separators."""
        marks = {",": self.thousands, ".": self.decimal, "-": "−"}
        return english.translate(str.maketrans(marks))

    def count(self, n: float) -> str:
        """Write ``n = 4,569``."""
        return self.text("n", n=self.number(n))

    def state(self, code: str) -> str:
        """Name a state with its code, or the whole country."""
        return (
            f"{STATE_NAMES[code]} ({code})" if code in STATE_NAMES else self.text(f"state.{code}")
        )

    def outcome(self, name: str) -> str:
        """Name of an outcome, to stand inside a sentence."""
        return self.text(f"outcome.{name}")

    def score_axis(self, outcome: str) -> str:
        """Label of an axis that shows the outcome."""
        name = self.outcome(outcome)
        return f"{name[0].upper()}{name[1:]} ({self.text('unit.points')})"

    def school_type(self, name: str) -> str:
        """Name of a school type, or of all participants."""
        return self.text(f"school_type.{name}")

    def model(self, name: str) -> str:
        """Name of a model; one that the catalogue does not know keeps its own."""
        return self.text(f"model.{name}") if self.translated(name) else name

    def translated(self, model: str) -> bool:
        """Whether the catalogue has a name for a model."""
        return f"model.{model}" in self.catalogue

    def parameter(self, name: str, separator: str = ", ") -> str:
        """Write a parameter such as ``slope[privada]`` as ``Slope, Private``."""
        base, _, inside = name.removesuffix("]").partition("[")
        levels = inside.split(", ") if inside else []
        factors = factors_of(base) if levels else []
        named = [self.level(*each) for each in zip(factors, levels, strict=True)]
        return separator.join([self.coefficient(base), *named])

    def coefficient(self, base: str) -> str:
        """Name a coefficient or a scale, of whatever factor it is."""
        if f"parameter.{base}" in self.catalogue:
            return self.text(f"parameter.{base}")
        if base.startswith("tau_"):
            return self.text("parameter.tau", of=self.coefficient(base.removeprefix("tau_")))
        factor = " × ".join(self.text(f"factor.{name}") for name in factors_of(base))
        column = next((name for name in COLUMNS if base.endswith(f"_{name}")), None)
        if column is None:
            return factor
        return self.text("parameter.by", coefficient=self.coefficient(column), by=factor)

    def level(self, factor: str, name: str) -> str:
        """Name a level of a categorical variable; one that is a number keeps its own."""
        if factor == "income_bracket":
            return self.text("bracket", letter=name)
        if factor == "school_type":
            return self.school_type(name)
        if factor == "state":
            return STATE_NAMES[name]
        key = f"level.{name}"
        return self.text(key) if key in self.catalogue else name

    def unit(self, parameter: str) -> str:
        """Unit of a parameter such as ``slope[privada]``."""
        per_doubling = parameter.partition("[")[0].endswith(COLUMNS)
        return self.text("unit.points_per_doubling" if per_doubling else "unit.points")

    def step(self, step: str, state: str) -> str:
        """Name a step of the selection; one that has no name is shown as it is."""
        if step not in STEPS:
            return step
        return self.text(STEPS[step], state=self.text("state.BR") if state == "BR" else state)


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


LABELS = {
    "pt": Labels(labels_pt.TEXT, labels_pt.THOUSANDS, labels_pt.DECIMAL),
    "en": Labels(labels_en.TEXT, labels_en.THOUSANDS, labels_en.DECIMAL),
}
"""By the languages of `enem.figures.names.LANGUAGES`."""
