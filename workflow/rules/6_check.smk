"""Summarise every posterior and give a verdict on it.

in   .../{model}/posterior.nc and point_estimates.json, the cells and the sample's rows
out  .../{model}/summary.csv, checks.json, predictive.csv, sensitivity.csv, loo.parquet
"""


rule check_models:
    input:
        posteriors=per_model(ANALYSIS + "/{model}/posterior.nc"),
        records=per_model(ANALYSIS + "/{model}/point_estimates.json"),
        cells=ANALYSIS + "/cells.csv",
        income=RESULT + "/income.csv",
        sample="data/samples/{edition}/{state}/{outcome}.parquet",
    output:
        summaries=per_model(ANALYSIS + "/{model}/summary.csv"),
        checks=per_model(ANALYSIS + "/{model}/checks.json"),
        predictive=per_model(ANALYSIS + "/{model}/predictive.csv"),
        sensitivity=per_model(ANALYSIS + "/{model}/sensitivity.csv"),
        loo=per_model(ANALYSIS + "/{model}/loo.parquet"),
    log:
        "logs/check_models/{edition}/{state}/{outcome}.log",
    benchmark:
        "benchmarks/check_models/{edition}/{state}/{outcome}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=20,
    params:
        models=SETTINGS["models"],
        priors=SETTINGS["priors"],
        seed=SETTINGS["sampler"]["seed"],
        mass=SETTINGS["interval"]["mass"],
        thresholds=SETTINGS["checks"],
        library=library("check_models"),
    conda:
        "../../environment.yml"
    message:
        "Checking {wildcards.outcome} in {wildcards.state}, edition {wildcards.edition}"
    script:
        "../scripts/check_models.py"
