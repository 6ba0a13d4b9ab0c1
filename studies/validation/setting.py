"""What the studies share: models, priors and incomes of the project, and the sizes of groups."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from enem.config.formulas import spelled_out
from enem.editions import edition_named
from enem.mixed.priors import Prior, parse_priors
from enem.mixed.settings import SamplerSettings
from enem.mixed.specification import Specification, specifications
from enem.mixed.tables import Tables
from enem.names import SCHOOL_TYPES
from enem.tabulate.income import income_table

REPOSITORY = Path(__file__).resolve().parents[2]
EDITION = "2019"
"""Whose income brackets and whose real state the studies use."""
SEED = 20171105
FAMILY_LEVEL = 0.01
"""Probability that a study of a correct library finds anything at all wrong."""

SHARES = {"federal": 0.09, "estadual": 0.83, "municipal": 0.01, "privada": 0.07}
"""School types of a typical state, as shares of its participants."""


@cache
def config() -> Mapping[str, Mapping]:
    """Read the repository's ``config.yaml``."""
    return yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))


def project_priors() -> dict[str, Prior]:
    """Priors of ``config.yaml``."""
    return parse_priors(config()["priors"])


@cache
def models() -> dict[str, Specification]:
    """Read the models of ``config.yaml`` with their levels."""
    settings = config()
    written = spelled_out(settings["formulas"])
    return specifications(
        {name: {"levels": settings["levels"], **of} for name, of in written.items()}
    )


@cache
def income() -> pd.DataFrame:
    """Income brackets with their ``x``, as the workflow assumes them."""
    return income_table(edition_named(EDITION), config()["income"])


def tables(sums: pd.DataFrame) -> Tables:
    """Put sums beside the incomes and school types of the project."""
    return Tables(sums, income(), {"school_type": SCHOOL_TYPES})


def sampler(chains: int, draws: int) -> SamplerSettings:
    """Settings of nutpie with warm-up and target acceptance of ``config.yaml``."""
    settings = config()["sampler"]
    return SamplerSettings(
        "nutpie", draws, settings["tune"], chains, settings["target_accept"], SEED
    )
