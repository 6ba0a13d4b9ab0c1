"""What a design is made from: sums, incomes and labels."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from enem.mixed.design import Design, make_design
from enem.mixed.specification import Specification


@dataclass(frozen=True)
class Tables:
    """Arguments of `enem.mixed.design.make_design` but for the model.

    Attributes
    ----------
    sums, income, labels
        As it takes them.
    """

    sums: pd.DataFrame
    income: pd.DataFrame
    labels: Mapping[str, Sequence[str]]

    def design(self, spec: Specification) -> Design:
        """Build a model's design."""
        return make_design(spec, self.sums, self.income, self.labels)

    def at(self, x: np.ndarray) -> "Tables":
        """Return the same sums at other incomes, (B,)."""
        return replace(self, income=self.income.assign(x=x))

    def without(self, school_types: Collection[str]) -> "Tables":
        """Leave school types out."""
        kept = [label for label in self.labels["school_type"] if label not in school_types]
        sums = self.sums[self.sums["school_type"].isin(kept)]
        return replace(self, sums=sums, labels={**self.labels, "school_type": kept})
