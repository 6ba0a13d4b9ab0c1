from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    columns: tuple
    factor: tuple


@dataclass(frozen=True)
class Formula:
    text: str
    common: tuple
    terms: tuple

    @property
    def by_school_type(self):
        return any(t.factor == ("school_type",) for t in self.terms)
