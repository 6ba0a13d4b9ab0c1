"""Settings, paths and targets that all stages share."""

import getpass
import os
import sys
from functools import cache
from pathlib import Path

from snakemake.exceptions import WorkflowError

CLONE = Path(os.path.relpath(workflow.basedir))
WORKFLOW = Path(workflow.basedir) / "workflow"
SOURCES = str(CLONE / "data/sources.csv")
# The library need not be installed where Snakemake runs.
sys.path.insert(0, str(WORKFLOW))

from enem.atlas.analyses import asked, finished, reported
from enem.batch.artefacts import OF_MODEL, OF_OUTCOME, OF_STATE, STAGES
from enem.batch.membership import batches, states_of
from enem.config.formulas import MODEL_NAME
from enem.config.settings import load_settings
from enem.errors import InputError
from enem.estimation.names import TABLES as STUDY_TABLES
from enem.figures.names import LANGUAGES, figure_names, figures_of, hierarchical
from enem.mixed.specification import specifications
from enem.names import BRAZIL, OUTCOMES, STATES
from enem.provenance import library_digest
from enem.mixed.variables import covariates_of, questions_of

if not os.access(".", os.W_OK | os.X_OK):
    raise WorkflowError(
        f"The folder {Path.cwd()} cannot be written to. Name one for data and results that can: "
        f"snakemake --snakefile {Path(workflow.basedir) / 'Snakefile'} --directory FOLDER ..."
    )

try:
    getpass.getuser()
except (OSError, KeyError):  # Snakemake asks for it, and not every container's user has a name
    os.environ.setdefault("LOGNAME", str(os.getuid()))

try:
    SETTINGS = load_settings(config, WORKFLOW / "schemas/config.schema.yaml", Path("data/raw"))
except InputError as error:
    raise WorkflowError(str(error)) from None

SPECIFICATIONS = specifications(SETTINGS["formulas"])
COVARIATES = [name for spec in SPECIFICATIONS.values() for name in covariates_of(spec.formula)]
HIERARCHICAL = hierarchical(SPECIFICATIONS)


wildcard_constraints:
    edition=r"\d{4}|simulated",
    state="|".join([*STATES, BRAZIL]),
    outcome="|".join(OUTCOMES),
    model=MODEL_NAME,
    batch=r"(?:[A-Z-]+|all)(?:\.\d+)?",


def library(rule):
    """Digest of the library files behind a rule's script: Snakemake sees only the script."""
    return library_digest(WORKFLOW / "scripts" / f"{rule}.py")


def made_with(stage, *sections):
    """Return all that a stage's outputs depend on besides its input files."""
    return {**{name: SETTINGS[name] for name in sections}, "library": library(stage)}


def store(wildcards):
    """Folder in which the stages keep what they make of an edition."""
    return f"data/analyses/{wildcards.edition}"


def batch_states(wildcards):
    """States of a batch."""
    return states_of(wildcards.batch)


@cache
def edition_batches(edition):
    """Batch of every state, once a process: what is lost of the store is looked for only here."""
    return batches(Path(f"data/analyses/{edition}"), SETTINGS["states"])


def stage_receipts(wildcards):
    """Name what the stages leave when they are through with the batch of a state."""
    return receipts_of(wildcards.edition, edition_batches(wildcards.edition)[wildcards.state])


def receipts_of(edition, batch):
    """Name what the stages leave when they are through with a batch."""
    return [f"data/analyses/{edition}/batches/{batch}/{stage}.json" for stage in STAGES]


def raw_zip(wildcards):
    """Path of the edition's zip, or of what the user has in its place."""
    folders = {"inep": "raw", "simulated": "simulated"}
    folder = folders.get(SETTINGS["sources"][wildcards.edition])
    name = f"microdados_enem_{wildcards.edition}"
    return f"data/{folder}/{name}.zip" if folder else f"data/local/{name}"


def local_zip(wildcards):
    """Path of the edition's file that the user already has."""
    return SETTINGS["sources"][wildcards.edition]


def raw_record(wildcards):
    """Path of the record of where the edition's zip came from."""
    return raw_zip(wildcards).removesuffix(".zip") + ".json"


def truth(wildcards):
    """Truth of the simulated release; nothing for a real edition."""
    files = ["data/simulated/truth.csv", "data/simulated/truth_groups.csv"]
    return files if wildcards.edition == "simulated" else []


def own_settings(wildcards):
    """Return the settings of one analysis: another state or edition does not change its report."""
    edition, state = wildcards.edition, wildcards.state
    sources = {edition: SETTINGS["sources"][edition]}
    own = {"editions": [edition], "states": [state], "sources": sources}
    return {**{k: v for k, v in SETTINGS.items() if k != "atlas"}, **own}


def per_model(patterns, models=None):
    """Expand paths over the configured models, keeping their other wildcards."""
    return _expand(patterns, "{model}", SETTINGS["models"] if models is None else models)


def per_outcome(patterns):
    """Expand paths over the configured outcomes, keeping their other wildcards."""
    return _expand(patterns, "{outcome}", SETTINGS["outcomes"])


def per_figure(patterns):
    """Expand paths over the figures of the configured models, keeping their other wildcards."""
    return _expand(patterns, "{figure}", figure_names(SPECIFICATIONS))


def per_language(patterns):
    """Expand paths over languages, keeping their other wildcards."""
    return _expand(patterns, "{language}", LANGUAGES)


def _expand(patterns, wildcard, values):
    patterns = [patterns] if isinstance(patterns, str) else patterns
    return [pattern.replace(wildcard, value) for value in values for pattern in patterns]


def table(pattern, model="all", outcome="{outcome}"):
    """Annotate a table for Snakemake's report; its file name is that of its caption."""
    name = Path(pattern).stem
    return report(
        pattern.replace("{outcome}", outcome).replace("{model}", model),
        caption=f"../report/{name}.rst",
        category="Tables of {state}, {edition}",
        subcategory=outcome,
        # one label: a report with two values of a second one, not all combined, does not open
        labels={"table": name if model == "all" else f"{name}, {model}"},
    )


def tables_per_model(pattern, models=None):
    """Annotate a table of every configured model for Snakemake's report."""
    return [table(pattern, model) for model in (SETTINGS["models"] if models is None else models)]


def collected_tables():
    """Annotate every table and verdict of a state for Snakemake's report."""
    folder = "results/{edition}/{state}"
    of_state = _tables(OF_STATE)
    of_outcome, of_model = _tables(OF_OUTCOME), _tables(OF_MODEL)
    return [
        *(table(f"{folder}/{name}", outcome="all") for name in of_state),
        *(
            table(f"{folder}/{{outcome}}/{name}", outcome=outcome)
            for outcome in SETTINGS["outcomes"]
            for name in of_outcome
        ),
        *(
            table(f"{folder}/{{outcome}}/{{model}}/{name}", model, outcome)
            for outcome in SETTINGS["outcomes"]
            for model in SETTINGS["models"]
            for name in of_model
        ),
    ]


def _tables(made):
    """Names of the files, of those that stages make, that people read."""
    names = [name for of_stage in made.values() for name in of_stage]
    return [name for name in names if name.endswith(".csv") or name == "checks.json"]


def figures(pattern):
    """Annotate every figure for Snakemake's report."""
    names = figures_of(SPECIFICATIONS)
    return [_figure(pattern, name, code) for name in names for code in LANGUAGES]


def _figure(pattern, name, language):
    """Annotate a figure by what it shows, and of which model where each has its own."""
    shown = name.subject if name.model is None else f"{name.subject}, {name.model}"
    labels = {"figure": shown, "language": language}
    return report(
        pattern.replace("{figure}", name.stem).replace("{language}", language),
        caption=f"../report/figure_{name.subject}.rst",
        category="Figures of {state}, {edition}",
        subcategory="{outcome}",
        labels=labels,
    )


ATLAS_TABLES = (
    *("parameters", "effects", "checks", "samples"),
    *("pooled", "scales", "pooled_effects", "pooled_checks"),
)


def asked_analyses(_wildcards):
    """Name what the atlas of everything that the config asks for is made of."""
    return _atlas_inputs(asked(SETTINGS))


def finished_analyses(_wildcards):
    """Name what the atlas of the finished analyses is made of."""
    return _atlas_inputs(finished(Path("results"), SETTINGS))


def _atlas_inputs(analyses):
    """Name the artefacts of these analyses, and the reports that the page links to."""
    paths = [path for a in analyses for path in a.artefacts(SETTINGS["models"])]
    return {
        "artefacts": [f"results/{path}" for path in dict.fromkeys(paths)],
        "reports": [f"results/{path}" for path in reported(analyses, SETTINGS)],
    }


def atlas_table(name):
    """Annotate a table of the atlas for Snakemake's report."""
    return report(
        f"results/atlas/{name}.csv",
        caption="../report/atlas_table.rst",
        category="Atlas",
        labels={"content": name},
    )


PAGES = (
    *("profile_scales", "study_estimators", "study_sensitivity", "draw_figures"),
    "build_report",
)
"""Rules whose files each state gets besides its tables, where the configuration wants pages."""


def final_outputs(_wildcards):
    """Turn the configuration into every file that it asks for: one that is lost comes back."""
    asked_for = {key: SETTINGS[f"{key}s"] for key in ("edition", "state", "outcome")}
    pages = PAGES if SETTINGS["report"]["each_state"] else ()
    paths = [
        str(path) for name in ("collect_results", *pages, *joint_rules()) for path in made(name)
    ]
    receipts = [
        receipt
        for edition in SETTINGS["editions"]
        for batch in sorted(set(edition_batches(edition).values()))
        for receipt in receipts_of(edition, batch)
    ]
    # one analysis has nothing to be compared with
    several = len(asked_for["edition"]) * len(asked_for["state"]) > 1
    atlas = made("build_atlas") if several else []
    return [*receipts, *dict.fromkeys(expand(paths, **asked_for)), *map(str, atlas)]


def made(name):
    """List the output of a rule, with its wildcards."""
    return getattr(rules, name).output


def joint_settings():
    """Settings that the fit of the five scores together depends on."""
    keys = ("priors", "sampler", "interval", "checks")
    return {key: SETTINGS[key] for key in keys}


JOINT = "results/{edition}/{state}/joint"


def joint_figure():
    """Name the figure of the five scores together, in every language."""
    return [f"{JOINT}/figures/correlations.{code}.svg" for code in LANGUAGES]


def joint_figure_files():
    """Annotate that figure for Snakemake's report, and name its other files."""
    named = zip(joint_figure(), LANGUAGES)
    drawn = [_joint(path, "figure_correlations", f"correlations, {code}") for path, code in named]
    return drawn + [path.replace(".svg", ".png") for path in joint_figure()]


def joint_table(path, name):
    """Annotate a table of the five scores together for Snakemake's report."""
    return _joint(path, name, name)


def _joint(path, caption, content):
    return report(
        path,
        caption=f"../report/{caption}.rst",
        category="Scores together",
        labels={"content": content},
    )


def joint_inputs(wildcards):
    """Name what the report shows of the five scores together, where they are asked for."""
    paths = [f"{JOINT}/correlations.csv", f"{JOINT}/checks.json", *joint_figure()]
    return expand(paths, **wildcards) if SETTINGS["joint"] else []


def joint_rules():
    """Name the rules of the five scores together, where they are asked for."""
    return ["fit_joint", "draw_correlations"] if SETTINGS["joint"] else []
