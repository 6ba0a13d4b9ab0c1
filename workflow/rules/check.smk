"""Summarise every posterior and give a verdict on it.

in   data/analyses/{edition}/{state}/{outcome}/ sums.parquet and sample.parquet,
     {model}/posterior.nc and point_estimates.json
out  .../{model}/summary.csv, checks.json, predictive.csv, sensitivity.csv, loo.parquet,
     loo_groups.parquet
"""


rule check_models:
    input:
        fits=ended("fit_models", "{edition}"),
        estimates=ended("estimate_models", "{edition}"),
    output:
        ended("check_models", "{edition}"),
        ended("check_models", "{edition}", ASKED),
    log:
        "logs/check_models/{edition}.log",
    benchmark:
        "benchmarks/check_models/{edition}.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    resources:
        mem_mb=1500,
        runtime=60,
    params:
        outcomes=SETTINGS["outcomes"],
        models=own_models,
        formulas=own_formulas,
        made_with=made_with("check_models", "formulas", "priors", "sampler", "interval", "checks"),
    message:
        said("Checking {states}, edition {wildcards.edition}")
    script:
        "../scripts/check_models.py"
