"""What wider models are called by: covariates, and the participants behind a state's effect."""

from typing import Any

import numpy as np

from enem.mixed.variables import COVARIATES, check_covariates, columns_of, questions_of

__all__ = ["COVARIATES", "behind_state_effect", "check_covariates", "columns_of", "questions_of"]


def behind_state_effect(effect: str, n: Any, n_private: Any) -> Any:
    """Participants that a state's effect speaks of: of a gap, those of its smaller side.

    Parameters
    ----------
    effect
        ``income_doubling`` or ``gap_at_equal_income``.
    n, n_private
        Participants of the state, and those at private schools: numbers or arrays.
    """
    return n if effect == "income_doubling" else np.minimum(n_private, n - n_private)
