"""Maximise the likelihood and the marginal posterior, to a verified optimum.

in   results/{edition}/{state}/{outcome}/cells.csv, results/{edition}/{state}/income.csv
out  .../{model}/point_estimates.json, and tau_profile.csv of the hierarchical models
"""


rule estimate_models:
    input:
        cells="results/{edition}/{state}/{outcome}/cells.csv",
        income="results/{edition}/{state}/income.csv",
    output:
        records=per_model("results/{edition}/{state}/{outcome}/{model}/point_estimates.json"),
        profiles=tables_per_model(
            "results/{edition}/{state}/{outcome}/{model}/tau_profile.csv", HIERARCHICAL
        ),
    log:
        "logs/estimate_models/{edition}/{state}/{outcome}.log",
    benchmark:
        "benchmarks/estimate_models/{edition}/{state}/{outcome}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        models=SETTINGS["models"],
        priors=SETTINGS["priors"],
        income=SETTINGS["income"],
        library=library("estimate_models"),
    message:
        "Estimating {wildcards.outcome} in {wildcards.state}, edition {wildcards.edition}"
    script:
        "../scripts/estimate_models.py"
