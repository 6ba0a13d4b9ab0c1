"""Names of what each stage makes, by whether a state, an outcome or a model has one."""

from collections.abc import Sequence
from pathlib import Path

from enem.batch.places import Place

TABULATE, FIT, ESTIMATE = "tabulate_cells", "fit_models", "estimate_models"
CHECK, COMPARE, COLLECT = "check_models", "compare_models", "collect_results"
STAGES = (TABULATE, FIT, ESTIMATE, CHECK, COMPARE)
OF_STATE = {TABULATE: ("sample_flow.csv", "presence.csv", "applications.csv", "income.csv")}
OF_OUTCOME = {
    TABULATE: ("cells.csv", "score_distribution.csv", "sums.parquet", "sample.parquet"),
    COMPARE: (
        *("comparison.csv", "pooling.csv", "gap.csv", "groups.csv"),
        *("recovery.csv", "effects_recovery.csv", "groups_recovery.csv"),
    ),
}
OF_MODEL = {
    FIT: ("posterior.nc",),
    ESTIMATE: ("point_estimates.json",),
    CHECK: (
        "summary.csv",
        "checks.json",
        "predictive.csv",
        "sensitivity.csv",
        "loo.parquet",
        "loo_groups.parquet",
    ),
    COMPARE: ("estimates.csv", "effects.csv"),
}


def files(place: Place, names: tuple[str, ...]) -> list[Path]:
    """Paths of artefacts of a place."""
    return [place.file(name) for name in names]


def stored_as(place: Place, path: Path) -> Path:
    """Where in the store an artefact of a state lies that people find at `path`.

    Parameters
    ----------
    place
        Of the state.
    path
        ``results/{edition}/{state}/...``, ``data/samples/{edition}/{state}/{outcome}.parquet`` or
        ``data/loo/{edition}/{state}/{outcome}/{model}.parquet``.
    """
    below = path.parts[path.parts.index(place.state) + 1 :]
    if path.suffix != ".parquet":
        return place.file("/".join(below))
    outcome = place.inside(Path(below[0]).stem)
    if len(below) == 1:
        return outcome.file("sample.parquet")
    return outcome.inside(path.stem).file("loo.parquet")


def records(place: Place, outcomes: Sequence[str], models: Sequence[str]) -> list[Path]:
    """Records of everything that the stages did for a state, in the order of the stages."""
    of_outcomes = [place.inside(outcome) for outcome in outcomes]
    of_models = [outcome.inside(model) for outcome in of_outcomes for model in models]
    where = {TABULATE: [place], COMPARE: of_outcomes}
    return [of.record(stage) for stage in STAGES for of in where.get(stage, of_models)]
