"""Maximise the likelihood and the marginal posterior, to a verified optimum.

in   data/analyses/{edition}/{state}/income.csv, {outcome}/sums.parquet
out  data/analyses/{edition}/{state}/{outcome}/{model}/point_estimates.json

and, for a state's own page only, the densities along the scales of the models that have any:

in   results/{edition}/{state}/income.csv, {outcome}/cells.csv;
     data/samples/{edition}/{state}/{outcome}.parquet
out  results/{edition}/{state}/{outcome}/{model}/tau_profile.csv
"""


rule estimate_models:
    input:
        tables=ended("tabulate_cells", "{edition}"),
    output:
        ended("estimate_models", "{edition}"),
        ended("estimate_models", "{edition}", ASKED),
    log:
        "logs/estimate_models/{edition}.log",
    benchmark:
        "benchmarks/estimate_models/{edition}.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        outcomes=SETTINGS["outcomes"],
        models=own_models,
        formulas=own_formulas,
        made_with=made_with("estimate_models", "priors", "income"),
    message:
        said("Estimating {states}, edition {wildcards.edition}")
    script:
        "../scripts/estimate_models.py"


for kind in KINDS:

    rule:
        name:
            kind.named("profile_scales")
        input:
            cells="results/{edition}/{state}/{outcome}/cells.csv",
            income="results/{edition}/{state}/income.csv",
            sample="data/samples/{edition}/{state}/{outcome}.parquet",
        output:
            tables_per_model(
                "results/{edition}/{state}/{outcome}/{model}/tau_profile.csv", kind.hierarchical
            ),
        log:
            "logs/profile_scales/{edition}/{state}/{outcome}.log",
        benchmark:
            "benchmarks/profile_scales/{edition}/{state}/{outcome}.tsv"
        wildcard_constraints:
            edition=kind.pattern,
        conda:
            "../../environment.yml"
        threads: 1
        resources:
            mem_mb=1500,
            runtime=10,
        params:
            formulas=own_formulas,
            priors=SETTINGS["priors"],
            library=library("profile_scales"),
        message:
            said(
                "Profiling scales of {wildcards.outcome} in {wildcards.state}, {wildcards.edition}"
            )
        script:
            "../scripts/profile_scales.py"
