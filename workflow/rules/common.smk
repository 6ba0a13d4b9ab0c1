"""Settings, paths and targets that all stages share."""

import logging
import os
import sys
from functools import cache
from pathlib import Path

from snakemake.common.configfile import load_configfile
from snakemake.exceptions import WorkflowError
from snakemake.io import _IOFile
from snakemake.utils import update_config

WORKFLOW = CLONE / "workflow"
SOURCES = os.path.relpath(CLONE / "data/sources.csv")
# The library need not be installed where Snakemake runs.
sys.path.insert(0, str(WORKFLOW))

from enem.atlas.analyses import asked, finished, reported
from enem.alone import take_over
from enem.batch.artefacts import OF_MODEL, OF_OUTCOME, OF_STATE, STAGES, records
from enem.batch.audit import audit_jobs, audit_stages, put_aside
from enem.batch.places import Place
from enem.batch.record import content_digest, read_record, record_of_job
from enem.config.formulas import MODEL_NAME
from enem.config.settings import load_settings, settings_of
from enem.config.targets import refuse_places, refuse_targets
from enem.editions import edition_named
from enem.ending import failed, succeeded
from enem.errors import InputError
from enem.estimation.names import tables_of as study_tables_of
from enem.terminal import translate, translate_record
from enem.user import make_up
from enem.figures.names import INDEX, LANGUAGES, FigureName, figures_of, files_of, hierarchical
from enem.mixed.specification import specifications
from enem.names import BRAZIL, OUTCOMES, STATES
from enem.provenance import Library, settings_digest
from enem.report.names import story_figures
from enem.sensitivity.names import TABLES as SENSITIVITY_TABLES
from enem.mixed.variables import covariates_of, questions_of

make_up(home=Path(".snakemake"))

# what the `config:` of a module leaves out is as shipped
CONFIG = load_configfile(CLONE / "config.yaml")
update_config(CONFIG, config)

modifier = workflow.modifier.path_modifier

try:
    refuse_places(CLONE / "Snakefile", bool(modifier.prefix or modifier.modifies_prefixes))
    SETTINGS = load_settings(CONFIG, WORKFLOW / "schemas/config.schema.yaml", Path("data/raw"))
    # of files that no rule makes, Snakemake knows no more than that
    refuse_targets(sys.argv[1:], SETTINGS)
except InputError as error:
    raise WorkflowError(str(error)) from None

if workflow.is_main_process:
    for sentence in SETTINGS["models_left_out"]:
        logger.info(str(sentence))


VARIED = ("collect_results", "profile_scales", "study_estimators", "draw_figures")
"""Rules of which each kind of edition has a variant."""


class Kind:
    """Editions that have the same models: files of models are outputs, which no function lists."""

    def __init__(self, number, models, income, editions):
        self.number, self.models, self.editions = number, list(models), editions
        self.income = income
        self.settings = settings_of(SETTINGS, editions[0])
        self.specs = specifications(self.settings["formulas"])
        self.hierarchical = hierarchical(self.specs)

    def named(self, rule):
        """Name a rule's variant for these editions; that of the first kind is the rule itself."""
        return rule if self.number == 0 or rule not in VARIED else f"{rule}_{self.number}"

    @property
    def figures(self):
        """Figures of these editions."""
        return figures_of(self.specs, self.income)

    @property
    def pattern(self):
        """Constraint of the wildcard edition."""
        return "|".join(self.editions)


def kinds():
    """Group the editions by their models, in the order in which they are asked for."""
    editions = {}
    for edition, models in SETTINGS["models_of"].items():
        income = edition_named(edition).income_column is not None
        editions.setdefault((tuple(models), income), []).append(edition)
    return [Kind(i, *key, of) for i, (key, of) in enumerate(editions.items())]


KINDS = kinds()


def kind_of(wildcards):
    """Kind of an edition."""
    return next(kind for kind in KINDS if wildcards.edition in kind.editions)


def own_models(wildcards):
    """Models of an edition."""
    return kind_of(wildcards).models


def own_formulas(wildcards):
    """Formulas of an edition's models."""
    return kind_of(wildcards).settings["formulas"]


def own_covariates(wildcards):
    """Covariates of an edition's models."""
    specs = kind_of(wildcards).specs.values()
    return [name for spec in specs for name in covariates_of(spec.formula)]


wildcard_constraints:
    edition=r"\d{4}|simulated",
    state="|".join([*STATES, BRAZIL]),
    outcome="|".join(OUTCOMES),
    model=MODEL_NAME,


LIBRARY = Library(WORKFLOW / "enem")


@cache
def library(rule):
    """Digest of the library files behind a rule's script: Snakemake sees only the script."""
    return LIBRARY.digest(WORKFLOW / "scripts" / f"{rule}.py")


SECTIONS = {}
"""What of the configuration each stage's outputs depend on, as its rule says it."""

ASKED = SETTINGS["states"]


def made_with(stage, *sections, **others):
    """Return all that a stage's outputs depend on besides its input files, by edition."""

    def of_kind(kind):
        settings = {name: kind.settings[name] for name in sections}
        return {**settings, **others, "library": library(stage)}

    SECTIONS[stage] = of_kind
    return lambda wildcards: of_kind(kind_of(wildcards))


def recipe(wildcards):
    """Return the digest of all that a state's results depend on besides its edition's file."""
    return _recipe(kind_of(wildcards))


@cache
def _recipe(kind):
    stages = {stage: of_kind(kind) for stage, of_kind in SECTIONS.items()}
    own = {"models": kind.models, "formulas": kind.settings["formulas"]}
    return settings_digest({**stages, **own, "library": library("collect_results")})


def ended(stage, edition, states=None):
    """Name what a stage leaves when it is through with an edition, or with each of some states."""
    store = Path("data/analyses", edition)
    places = [Place(store, ())] if states is None else [Place(store, (state,)) for state in states]
    return [str(place.ended(stage)) for place in places]


def said(text):
    """Message of a rule in the language of the terminal; Snakemake fills in its wildcards."""
    states = translate("all states") if len(ASKED) == len(STATES) else "-".join(sorted(ASKED))
    return translate(text).replace("{states}", states)


def stages_of(wildcards):
    """Name what every stage leaves of a state; ancient where the state's results still hold."""
    paths = [
        path for stage in STAGES for path in ended(stage, wildcards.edition, [wildcards.state])
    ]
    return [ancient(path) for path in paths] if _holds(wildcards) else paths


def _holds(wildcards):
    """Tell whether a state's results were made with this recipe, from this edition's file."""
    record = read_record(
        record_of_job("logs/collect_results/{edition}/{state}".format(**wildcards))
    )
    files = list(map(Path, read_of_edition(wildcards)))
    made_from = all(map(Path.is_file, files)) and content_digest(recipe(wildcards), files)
    return record is not None and record.made_from == made_from


def read_of_edition(wildcards):
    """Name what stands for all that the stages read of an edition."""
    conversion = f"data/participants/{wildcards.edition}/conversion.json"
    return [conversion, *incomes_needed(wildcards)]


@cache
def begin():
    """Once a run, before it plans: end what a killed run left, and look for what is damaged."""
    if not workflow.is_main_process:
        return
    logging.getLogger("enem").addFilter(translate_record)
    acts = workflow.executor_plugin is not None and not (workflow.dryrun or workflow.touch)
    if acts:
        take_over()
    not_through = set()
    for edition in SETTINGS["editions"]:
        for state in ASKED:
            place = Place(Path("data/analyses", edition), (state,))
            models = SETTINGS["models_of"][edition]
            not_through.update(audit_stages(place, records(place, SETTINGS["outcomes"], models)))
    of_states = [f"{edition}/{state}/" for edition in SETTINGS["editions"] for state in ASKED]
    below = [f"{top}/{of}" for of in of_states for top in ("results", *(f"data/{n}" for n in OWN))]
    below += ["results/atlas/", *(f"data/participants/{e}/" for e in SETTINGS["editions"])]
    edited = set(audit_jobs(sorted(Path("data/records").rglob("*.json")), tuple(below)))
    if acts:
        for path in not_through:
            path.unlink()
        for path in edited:
            put_aside(path)
    elif workflow.dryrun:
        plan_without({*map(str, not_through | edited)})


def plan_without(paths):
    """Let a dry run plan as if these files were gone, as they are when a run plans."""
    exists = _IOFile.exists

    async def still_exists(file):
        return file not in paths and await exists(file)

    _IOFile.exists = still_exists


OWN = ("samples", "loo", "moments")
"""Folders of data in which each state has its own."""


def raw_zip(wildcards):
    """Path of the edition's zip, or of what the user has in its place; every plan asks for it."""
    begin()
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
    settings = settings_of(SETTINGS, edition)
    of_all = ("atlas", "models_of", "models_left_out")
    return {**{k: v for k, v in settings.items() if k not in of_all}, **own}


def per_model(patterns, models):
    """Expand paths over models, keeping their other wildcards."""
    return _expand(patterns, "{model}", models)


def each_model(pattern, hierarchical=False):
    """Name an input of every model of an edition, of every outcome where the rule is of none."""

    def paths(wildcards):
        kind, known = kind_of(wildcards), dict(wildcards.items())
        models = kind.hierarchical if hierarchical else kind.models
        outcomes = [known.pop("outcome")] if "outcome" in known else SETTINGS["outcomes"]
        return [
            pattern.format(model=model, outcome=outcome, **known)
            for outcome in outcomes
            for model in models
        ]

    return paths


def per_outcome(patterns):
    """Expand paths over the configured outcomes, keeping their other wildcards."""
    return _expand(patterns, "{outcome}", SETTINGS["outcomes"])


def per_figure(patterns, kind):
    """Expand paths over the figures of a kind of edition, keeping their other wildcards."""
    return _expand(patterns, "{figure}", [name.stem for name in kind.figures])


def study_of(wildcards):
    """Name the tables of how estimators relate, of every outcome where the rule is of none."""
    return _of_outcomes("estimation", study_tables_of(kind_of(wildcards).income), wildcards)


def sensitivity_of(wildcards):
    """Name the tables of other assumptions, which are about income; none where there is none."""
    names = SENSITIVITY_TABLES if kind_of(wildcards).income else ()
    return _of_outcomes("sensitivity", names, wildcards)


def incomes_needed(wildcards):
    """Name the incomes of municipalities where a model has them as a variable."""
    needed = any(spec.municipal for spec in kind_of(wildcards).specs.values())
    return [f"data/participants/{wildcards.edition}/incomes.csv"] if needed else []


def municipal_tables(name):
    """Annotate a table of municipalities of every outcome for Snakemake's report."""
    path = f"results/{{edition}}/{{state}}/{{outcome}}/municipal/{name}.csv"
    return [table(path, outcome=outcome) for outcome in SETTINGS["outcomes"]]


def _of_outcomes(folder, names, wildcards):
    known = dict(wildcards.items())
    outcomes = [known.pop("outcome")] if "outcome" in known else SETTINGS["outcomes"]
    of_state = "results/{edition}/{state}".format(**known)
    return [f"{of_state}/{outcome}/{folder}/{name}.csv" for outcome in outcomes for name in names]


def figures_to_show(wildcards):
    """Name every figure of a state, as the pages hold them, and the lists of them."""
    names = kind_of(wildcards).figures
    files = [file for name in names for file in name.files["svg"].values()]
    return _figure_files([*files, INDEX], wildcards)


def figures_to_carry(wildcards):
    """Name the files of the story's figures, which its page carries."""
    names = story_figures(kind_of(wildcards).figures)
    return _figure_files([file for name in names for file in files_of(name)], wildcards)


def _figure_files(files, wildcards):
    patterns = [f"results/{{edition}}/{{state}}/{{outcome}}/figures/{file}" for file in files]
    return [path.format(**dict(wildcards.items())) for path in per_outcome(patterns)]


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


def tables_per_model(pattern, models):
    """Annotate a table of each of these models for Snakemake's report."""
    return [table(pattern, model) for model in models]


def collected_tables(models):
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
            for model in models
            for name in of_model
        ),
    ]


def _tables(made):
    """Names of the files, of those that stages make, that people read."""
    names = [name for of_stage in made.values() for name in of_stage]
    return [name for name in names if name.endswith(".csv") or name == "checks.json"]


def figures(pattern, kind):
    """Annotate every figure of a kind of edition for Snakemake's report."""
    return [_figure(pattern, name, code) for name in kind.figures for code in LANGUAGES]


def other_files(folder, kind):
    """Name every other file of the figures of a kind of edition."""
    return [f"{folder}/{file}" for name in kind.figures for file in _but_svg(name)]


def _but_svg(name):
    return [file for file in files_of(name) if file not in name.files["svg"].values()]


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
    models = SETTINGS["models_of"]
    paths = [path for a in analyses for path in a.artefacts(models[a.edition])]
    return {
        "artefacts": [f"results/{path}" for path in dict.fromkeys(paths)],
        "reports": [f"results/{path}" for path in reported(analyses, SETTINGS)],
    }


def page(path, caption):
    """Annotate a page for Snakemake's report."""
    return report(
        path,
        caption=f"../report/{caption}.rst",
        category="Pages of {state}, {edition}",
        labels={"content": Path(path).stem},
    )


def atlas_table(name):
    """Annotate a table of the atlas for Snakemake's report."""
    return report(
        f"results/atlas/{name}.csv",
        caption="../report/atlas_table.rst",
        category="Atlas",
        labels={"content": name},
    )


PAGES = (
    *("profile_scales", "study_estimators", "study_sensitivity", "study_municipalities"),
    *("draw_figures", "build_report"),
)
"""Rules whose files each state gets besides its tables, where the configuration wants pages."""

OF_INCOME = ("study_sensitivity", "fit_joint", "draw_correlations")
"""Rules that an edition without income does not run."""


def final_outputs(_wildcards):
    """Turn the configuration into every file that it asks for: one that is lost comes back."""
    asked_for = [path for kind in KINDS for path in _outputs_of(kind)]
    # one analysis has nothing to be compared with
    several = len(SETTINGS["editions"]) * len(SETTINGS["states"]) > 1
    atlas = made("build_atlas") if several else []
    return [*dict.fromkeys(asked_for), *map(str, atlas)]


def _outputs_of(kind):
    """Name every file of the editions of a kind."""
    pages = PAGES if SETTINGS["report"]["each_state"] else ()
    names = ["collect_results", *pages, *joint_rules()]
    names = [name for name in names if kind.income or name not in OF_INCOME]
    paths = [str(path) for name in names for path in made(kind.named(name))]
    asked_for = {key: SETTINGS[f"{key}s"] for key in ("state", "outcome")}
    return expand(paths, edition=kind.editions, **asked_for)


def made(name):
    """List the output of a rule, with its wildcards."""
    return getattr(rules, name).output


def joint_settings():
    """Settings that the fit of the five scores together depends on."""
    keys = ("levels", "priors", "sampler", "interval", "checks")
    return {key: SETTINGS[key] for key in keys}


JOINT = "results/{edition}/{state}/joint"


def joint_figure():
    """Name the figure of the five scores together, in every language."""
    return [f"{JOINT}/figures/correlations.{code}.svg" for code in LANGUAGES]


def joint_figure_files():
    """Annotate that figure for Snakemake's report, and name its other files."""
    named = zip(joint_figure(), LANGUAGES)
    drawn = [_joint(path, "figure_correlations", f"correlations, {code}") for path, code in named]
    return drawn + [f"{JOINT}/figures/{file}" for file in _but_svg(FigureName("correlations"))]


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
    wanted = SETTINGS["joint"] and kind_of(wildcards).income
    return expand(paths, **wildcards) if wanted else []


def joint_rules():
    """Name the rules of the five scores together, where they are asked for."""
    return ["fit_joint", "draw_correlations"] if SETTINGS["joint"] else []
