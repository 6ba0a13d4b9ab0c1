"""The four models with covariates, as blocks of coefficients and their priors."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from enem.models.priors import Prior, line_prior_mean, line_prior_sd
from enem.models.specification import Specification
from enem.wide.blocks import Block
from enem.wide.covariates import levels_of, two_levels
from enem.wide.model import WideModel, WidePriors
from enem.wide.moments import Moments

EFFECT = "effect_"
"""What the coefficients of a covariate are named by, before its name."""

LINE = ("intercept", "slope")
GROUP_LINES = ("intercept_school_type", "slope_school_type")


def line_blocks(brackets: Sequence[str]) -> list[Block]:
    """Blocks of the widest of the four models: lines by school type and deviations of cells."""
    return [
        Block("intercept", "intercept"),
        Block("slope", "slope", slope=True),
        Block("intercept_school_type", "tau_intercept", own=True),
        Block("slope_school_type", "tau_slope", slope=True, own=True),
        Block("deviation", "tau_cell", "income_bracket", tuple(brackets), own=True),
    ]


def covariate_blocks(brackets: Sequence[str], covariates: Sequence[str]) -> list[Block]:
    """`line_blocks` and an indicator for each level of each covariate."""
    scale = {name: "two_levels" if two_levels(name) else f"tau_{name}" for name in covariates}
    effects = [Block(EFFECT + name, scale[name], name, levels_of(name)) for name in covariates]
    return [*line_blocks(brackets), *effects]


def covariate_model(
    spec: Specification,
    moments: Moments,
    priors: Mapping[str, Prior],
    wide: Mapping[str, Prior],
) -> WideModel:
    """Reduce the moments of the widest model to one of the four, and add the priors.

    Parameters
    ----------
    spec
        Which of the four.
    moments
        Of `covariate_blocks`.
    priors, wide
        Sections ``priors`` and ``wide.priors`` of config.yaml.
    """
    groups = GROUP_LINES if spec.by_school_type else ()
    deviations = ("deviation",) if spec.deviation_scale else ()
    effects = [block.name for block in moments.blocks if block.name.startswith(EFFECT)]
    kept = moments.keeping([*LINE, *groups, *deviations, *effects])
    if not spec.by_school_type:
        kept = kept.merged()
    blocks = tuple(
        replace(b, scale=spec.deviation_scale) if b.name == "deviation" else b for b in kept.blocks
    )
    named = {block.scale for block in blocks if block.name.startswith(EFFECT)}
    scales = {name: priors[name] for name in spec.scales}
    scales |= dict.fromkeys(sorted(named - {"two_levels"}), wide["tau_covariate"])
    return WideModel(
        replace(kept, blocks=blocks),
        WidePriors(scales, fixed_scales(priors, wide), line_prior_mean(priors), priors["sigma"]),
    )


def fixed_scales(priors: Mapping[str, Prior], wide: Mapping[str, Prior]) -> dict[str, float]:
    """Scales that are known: of the common line, and of the levels of two-level covariates."""
    known = dict(zip(LINE, line_prior_sd(priors), strict=True))
    return known | {"two_levels": wide["two_levels"].arguments["sd"]}
