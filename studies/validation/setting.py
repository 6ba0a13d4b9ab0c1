"""What the studies share: the priors and income brackets of the project, and the group sizes."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import yaml
from enem.wide.priors import parse_wide_priors

from enem.editions import edition_named
from enem.fit.settings import SamplerSettings
from enem.models.cells import CellGrid
from enem.models.priors import Prior, parse_priors
from enem.names import SCHOOL_TYPES
from enem.tabulate.income import IncomeSettings, income_table

REPOSITORY = Path(__file__).resolve().parents[2]
EDITION = "2019"
"""Whose income brackets and whose real state the studies use."""
SEED = 20171105
FAMILY_LEVEL = 0.01
"""Probability that a study of a correct library finds anything at all wrong."""

SMALL = {"federal": 8, "estadual": 120, "municipal": 0, "privada": 30}
"""Participants of a hard case: small, unbalanced, one group empty."""
SHARES = {"federal": 0.09, "estadual": 0.83, "municipal": 0.01, "privada": 0.07}
"""School types of a typical state, as shares of its participants."""


def config() -> Mapping[str, Mapping]:
    """Read the repository's ``config.yaml``."""
    return yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))


def project_priors() -> dict[str, Prior]:
    """Priors of ``config.yaml``."""
    return parse_priors(config()["priors"])


def wide_priors() -> dict[str, Prior]:
    """Priors of what wider models add in ``config.yaml``."""
    return parse_wide_priors(config()["wide"]["priors"])


def income_settings() -> IncomeSettings:
    """Income assumptions of ``config.yaml``."""
    income = config()["income"]
    return IncomeSettings(income["none"], income["open_ended_factor"])


def empty_grid() -> CellGrid:
    """Return the project's grid of school types and income brackets, with nobody in it."""
    income = income_table(edition_named(EDITION), income_settings())
    nothing = np.zeros((len(SCHOOL_TYPES), len(income)))
    brackets = tuple(income["income_bracket"])
    return CellGrid(SCHOOL_TYPES, brackets, income["x"].to_numpy(), nothing, nothing, nothing)


def sampler(chains: int, tune: int, draws: int) -> SamplerSettings:
    """Settings of nutpie at the target acceptance of ``config.yaml``."""
    target = config()["sampler"]["target_accept"]
    return SamplerSettings("nutpie", draws, tune, chains, target, SEED)
