"""What a reader of a figure sees in words and numbers, in the language of the figure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from enem.figures import labels_en, labels_pt

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

STEPS = {
    "rows in the file": "step.file",
    "row not cut short by the end of the file": "step.cut",
    r"exam in (?P<state>\w+)": "step.exam",
    r"school in (?P<state>\w+)": "step.school",
    r"residence in (?P<state>\w+)": "step.residence",
    "not a trainee": "step.trainee",
    "present in the exams that the outcome needs": "step.present",
    "every score of the outcome known": "step.scores",
    r"no blank answer sheet \(objective score 0\)": "step.blank",
    "essay score above 0": "step.essay",
    "family income known": "step.income",
    r"school type known \(enrolled\)": "step.enrolled",
    r"school type known \(self_reported\)": "step.self_reported",
}
"""Steps as the selection of the sample writes them, and their keys in the catalogues."""

PER_DOUBLING = ("slope", "tau_slope")


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
        return f"{STATES[code]} ({code})" if code in STATES else self.text(f"state.{code}")

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
        """Name of a model."""
        return self.text(f"model.{name}")

    def parameter(self, name: str, separator: str = ", ") -> str:
        """Write a parameter such as ``slope[privada]`` as ``Slope, Private``."""
        base, _, group = name.partition("[")
        label = self.text(f"parameter.{base}")
        return f"{label}{separator}{self.school_type(group.removesuffix(']'))}" if group else label

    def unit(self, parameter: str) -> str:
        """Unit of a parameter such as ``slope[privada]``."""
        per_doubling = parameter.partition("[")[0] in PER_DOUBLING
        return self.text("unit.points_per_doubling" if per_doubling else "unit.points")

    def step(self, step: str) -> str:
        """Name a step of the selection; one that no pattern knows keeps its own words."""
        for pattern, key in STEPS.items():
            if found := re.fullmatch(pattern, step):
                places = {k: self._place(v) for k, v in found.groupdict().items()}
                return self.text(key, **places)
        return step

    def _place(self, name: str) -> str:
        return self.text("state.BR") if name == "Brazil" else name


LABELS = {
    "pt": Labels(labels_pt.TEXT, labels_pt.THOUSANDS, labels_pt.DECIMAL),
    "en": Labels(labels_en.TEXT, labels_en.THOUSANDS, labels_en.DECIMAL),
}
"""By the languages of `enem.figures.names.LANGUAGES`."""
