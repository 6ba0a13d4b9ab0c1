"""Summarise every posterior and give a verdict on it.

in   data/analyses/{edition}/{state}/{outcome}/ sums.parquet and sample.parquet,
     {model}/posterior.nc and point_estimates.json
out  .../{model}/summary.csv, checks.json, predictive.csv, sensitivity.csv, loo.parquet,
     loo_groups.parquet
"""


rule check_models:
    input:
        fits="data/analyses/{edition}/batches/{batch}/fit_models.json",
        estimates="data/analyses/{edition}/batches/{batch}/estimate_models.json",
    output:
        receipt="data/analyses/{edition}/batches/{batch}/check_models.json",
    log:
        "logs/check_models/{edition}/{batch}.log",
    benchmark:
        "benchmarks/check_models/{edition}/{batch}.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    resources:
        mem_mb=1500,
        runtime=60,
    params:
        store=store,
        states=batch_states,
        outcomes=SETTINGS["outcomes"],
        models=own_models,
        formulas=own_formulas,
        priors=SETTINGS["priors"],
        sampler=SETTINGS["sampler"],
        mass=SETTINGS["interval"]["mass"],
        thresholds=SETTINGS["checks"],
        made_with=made_with("check_models", "formulas", "priors", "sampler", "interval", "checks"),
    message:
        "Checking {wildcards.batch}, edition {wildcards.edition}"
    script:
        "../scripts/check_models.py"
