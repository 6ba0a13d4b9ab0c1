"""Settings, paths and targets that all stages share."""

import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

WORKFLOW = Path(workflow.basedir) / "workflow"
# The library need not be installed where Snakemake runs.
sys.path.insert(0, str(WORKFLOW))

from enem.config.settings import load_settings
from enem.errors import InputError
from enem.figures.names import figure_names
from enem.names import BRAZIL, MODELS, OUTCOMES, STATES
from enem.provenance import library_digest

try:
    SETTINGS = load_settings(config, WORKFLOW / "schemas/config.schema.yaml", Path("data/raw"))
except InputError as error:
    raise WorkflowError(str(error)) from None

HIERARCHICAL = [model for model in SETTINGS["models"] if model != "pooled"]


wildcard_constraints:
    edition=r"\d{4}|simulated",
    state="|".join([*STATES, BRAZIL]),
    outcome="|".join(OUTCOMES),
    model="|".join(MODELS),


def library(rule):
    """Digest of the library files behind a rule's script: Snakemake sees only the script."""
    return library_digest(WORKFLOW / "scripts" / f"{rule}.py")


def raw_zip(wildcards):
    """Path of the edition's zip, wherever it comes from."""
    folders = {"inep": "raw", "simulated": "simulated"}
    folder = folders.get(SETTINGS["sources"][wildcards.edition], "local")
    return f"data/{folder}/microdados_enem_{wildcards.edition}.zip"


def raw_record(wildcards):
    """Path of the record of where the edition's zip came from."""
    return raw_zip(wildcards).removesuffix(".zip") + ".json"


def truth(wildcards):
    """Truth of the simulated release; nothing for a real edition."""
    return ["data/simulated/truth.csv"] if wildcards.edition == "simulated" else []


def per_model(patterns, models=None):
    """Expand paths over the configured models, keeping their other wildcards."""
    return _expand(patterns, "{model}", SETTINGS["models"] if models is None else models)


def per_outcome(patterns):
    """Expand paths over the configured outcomes, keeping their other wildcards."""
    return _expand(patterns, "{outcome}", SETTINGS["outcomes"])


def per_figure(patterns):
    """Expand paths over the figures of the configured models, keeping their other wildcards."""
    return _expand(patterns, "{figure}", figure_names(SETTINGS["models"]))


def _expand(patterns, wildcard, values):
    patterns = [patterns] if isinstance(patterns, str) else patterns
    return [pattern.replace(wildcard, value) for value in values for pattern in patterns]


def final_outputs():
    """Turn the configuration into the files that it asks for."""
    return expand(
        "results/{edition}/{state}/report.html",
        edition=SETTINGS["editions"],
        state=SETTINGS["states"],
    )
