"""Every string that a reader of a figure sees, so that a translation replaces one file."""

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
    "BR": "Brazil",
}

OUTCOMES = {
    "mean": "mean of the five scores",
    "CN": "natural sciences score",
    "CH": "human sciences score",
    "LC": "languages score",
    "MT": "mathematics score",
    "REDACAO": "essay score",
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
    "pooled": "Pooled",
    "school_type": "School type",
    "income": "Income bracket",
    "school_type_income": "School type × bracket",
}

PARAMETERS = {
    "intercept": "Intercept",
    "slope": "Slope",
    "sigma": "Sigma",
    "tau_intercept": "Tau of intercepts",
    "tau_slope": "Tau of slopes",
    "tau_bracket": "Tau of brackets",
    "tau_cell": "Tau of cells",
}

POINTS = "points"
POINTS_PER_DOUBLING = "points per doubling of income"
POINTS_PER_DOUBLING_SHORT = "points per doubling"
PER_DOUBLING = ("slope", "tau_slope")

STATISTICS = {"mean": "Mean score (points)", "sd": "Standard deviation of scores (points)"}
POOLING = {
    "none": "no pooling (this type alone)",
    "partial": "partial pooling (model with school types)",
    "complete": "complete pooling (one line for all)",
}
POOLING_SHORT = {"none": "no pooling", "partial": "partial pooling", "complete": "complete pooling"}
ESTIMATES = {"mle": "MLE", "map": "MAP", "posterior_mean": "Mean"}

TEXT = {
    "simulated": "simulated data",
    "edition": "ENEM {edition}",
    "participants": "n = {n} participants",
    "intervals": "{mass}% equal-tailed intervals",
    "n": "n = {n}",
    "association": "Association, not cause.",
    "income_axis": "Family income (minimum wages, log scale)",
    "hidden_cells": "Cells with fewer than {smallest} participants are not shown.",
    "hidden_groups": "Observed values of groups with fewer than {smallest} participants are "
    "not shown.",
    "flow.title": "Participants left and excluded at each step of the selection",
    "flow.axis": "Participants (rows of the published file)",
    "flow.first": "{rows} in the file",
    "flow.excluded": "{rows} left, {excluded} excluded",
    "flow.none": "{rows} left, none excluded",
    "flow.note": "Solid: left after the step. Hatched: excluded by it.",
    "distribution.title": "Distribution of scores by school type",
    "distribution.axis": "Share per 10 points (%)",
    "distribution.mean": "mean {mean}",
    "distribution.few": "Not shown, fewer than {smallest} participants: {groups}.",
    "distribution.nobody": "Fewer than {smallest} participants",
    "distribution.note": "Grey outline: all participants. Bins of 10 points; of 20 in groups under "
    "500 participants, of 50 under 100.",
    "income.title": "Mean score by family income and school type, with posterior lines",
    "income.note": "Points: observed means with one standard error, larger where n is larger. "
    "Lines and bands: expected score and its interval, model “{model}”, over the incomes observed.",
    "empty": "No participants: {groups}.",
    "income.size": "participants",
    "pooling.title": "Intercepts and slopes by school type, with no, partial and complete pooling",
    "pooling.intercept": "Expected score at two minimum wages (points)",
    "pooling.slope": "Slope (points per doubling of income)",
    "pooling.undefined": "not defined: {kind}",
    "pooling.beyond": "mean {mean}",
    "pooling.arrow": "Arrows: the interval goes on beyond the axis.",
    "estimates.title": "Marginal posteriors and point estimates, model “{model}”",
    "estimates.note": "Filled: posterior density, scaled to equal height, without its outer 0.2% "
    "on each side. Bar: posterior interval. “At 0”: the estimate lies on the boundary. Arrow: "
    "beyond the axis.",
    "estimates.across": "across types",
    "estimates.undefined": "not defined",
    "estimates.boundary": "at 0",
    "tau.title": "Log density along each scale: marginal and joint",
    "tau.axis": "{parameter}\n({unit}, log scale)",
    "tau.density": "Log density\n(nats, logarithmic beyond ±{linear})",
    "tau.marginal": "marginal",
    "tau.joint": "joint",
    "tau.note": "The marginal density, with group effects integrated out, has a maximum "
    "(dot, set to 0). The joint density of scale and group effects rises without bound as the "
    "scale goes to 0, so it has none; it is shifted to meet the marginal at the right.",
    "tau.at_edge": "marginal, highest\nat the left edge",
    "gap.title": "Private minus public: difference in expected score by family income",
    "gap.axis": "Private minus public (points)",
    "gap.raw": "observed difference, all incomes: {gap} points",
    "gap.zero": "no difference",
    "gap.undefined": "Not defined: there are no private or no public participants.",
    "gap.note": "Line and band: model “{model}”.",
    "gap.note_points": "Points and bars: model “{model}”.",
    "ranks.title": "Ranks of each chain’s draws, model “{model}”",
    "ranks.x": "Rank among the draws of all chains (share)",
    "ranks.y": "Draws in bin ÷ expected",
    "ranks.chain": "chain {chain}",
    "ranks.note": "Chains that explore the same distribution stay near 1. Band: where 95% of bins "
    "would lie if draws were independent.",
    "energy.title": "Energy of the sampler: marginal and transitions",
    "energy.x": "Energy minus its mean (nats)",
    "energy.y": "Density (per nat)",
    "energy.marginal": "marginal energy",
    "energy.transition": "change between draws",
    "energy.bfmi": "{model}\nlowest E-BFMI {bfmi}",
    "energy.note": "Where the change between draws is much narrower than the marginal energy, the "
    "sampler explores slowly.",
    "predictive.title": "Observed mean and standard deviation against replicated data",
    "predictive.observed": "observed",
    "predictive.replicated": "replicated, mean and interval",
    "comparison.title": "Models by expected log predictive density",
    "comparison.difference": "Difference from the best model (nats; bar: ± one standard error)",
    "comparison.single": "Expected log predictive density (nats; bar: ± one standard error)",
    "comparison.best": "{model}\nbest, elpd {elpd}",
    "comparison.row": "{model}\n{difference} ± {se}",
    "comparison.pareto": "Estimated by PSIS-LOO. Largest Pareto k (above 0.7 is unreliable): "
    "{values}.",
    "comparison.pareto_item": "{model} {k} ({high} above)",
}


def text(key: str, **values: object) -> str:
    """Fill one string of the catalogue."""
    return TEXT[key].format(**values)


def number(value: float, decimals: int = 0) -> str:
    """Write a number with thousands separators and a true minus sign."""
    # adding 0.0 turns a negative zero into a plain one
    return f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", "−")


def count(n: float) -> str:
    """Write ``n = 4,569``."""
    return text("n", n=number(n))


def school_type(name: str) -> str:
    """Name of a school type, or of all participants."""
    return SCHOOL_TYPES[name]


def unit(parameter: str, *, short: bool = False) -> str:
    """Unit of a parameter such as ``slope[privada]``."""
    if parameter.partition("[")[0] in PER_DOUBLING:
        return POINTS_PER_DOUBLING_SHORT if short else POINTS_PER_DOUBLING
    return POINTS


def parameter(name: str, separator: str = ", ") -> str:
    """Write a parameter such as ``slope[privada]`` as ``Slope, Private``."""
    base, _, group = name.partition("[")
    label = PARAMETERS[base]
    return f"{label}{separator}{school_type(group.removesuffix(']'))}" if group else label


def score_axis(outcome: str) -> str:
    """Label of an axis that shows the outcome."""
    name = OUTCOMES[outcome]
    return f"{name[0].upper()}{name[1:]} ({POINTS})"
