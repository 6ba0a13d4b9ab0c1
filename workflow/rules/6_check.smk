"""Summarise every posterior and give a verdict on it.

in   .../{model}/posterior.nc and point_estimates.json, the cells and the sample's rows
out  .../{model}/summary.csv, checks.json, predictive.csv, sensitivity.csv, loo.parquet
"""


rule check_models:
    input:
        posteriors=per_model("results/{edition}/{state}/{outcome}/{model}/posterior.nc"),
        records=per_model("results/{edition}/{state}/{outcome}/{model}/point_estimates.json"),
        cells="results/{edition}/{state}/{outcome}/cells.csv",
        income="results/{edition}/{state}/income.csv",
        sample="data/samples/{edition}/{state}/{outcome}.parquet",
    output:
        summaries=tables_per_model("results/{edition}/{state}/{outcome}/{model}/summary.csv"),
        checks=tables_per_model("results/{edition}/{state}/{outcome}/{model}/checks.json"),
        predictive=tables_per_model("results/{edition}/{state}/{outcome}/{model}/predictive.csv"),
        sensitivity=tables_per_model("results/{edition}/{state}/{outcome}/{model}/sensitivity.csv"),
        loo=per_model("results/{edition}/{state}/{outcome}/{model}/loo.parquet"),
    log:
        "logs/check_models/{edition}/{state}/{outcome}.log",
    benchmark:
        "benchmarks/check_models/{edition}/{state}/{outcome}.tsv"
    conda:
        "../../environment.yml"
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
    message:
        "Checking {wildcards.outcome} in {wildcards.state}, edition {wildcards.edition}"
    script:
        "../scripts/check_models.py"
