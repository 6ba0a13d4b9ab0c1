"""Put estimators, models and groups side by side; refuse posteriors that did not converge.

in   posteriors, summaries, checks and point estimates of every model, the sample's rows
out  .../{model}/estimates.csv and effects.csv; .../comparison.csv, pooling.csv, gap.csv, and
     recovery.csv for the simulated release
"""


rule compare_models:
    input:
        posteriors=per_model(ANALYSIS + "/{model}/posterior.nc"),
        records=per_model(ANALYSIS + "/{model}/point_estimates.json"),
        summaries=per_model(ANALYSIS + "/{model}/summary.csv"),
        checks=per_model(ANALYSIS + "/{model}/checks.json"),
        loo=per_model(ANALYSIS + "/{model}/loo.parquet"),
        cells=ANALYSIS + "/cells.csv",
        income=RESULT + "/income.csv",
        sample="data/samples/{edition}/{state}/{outcome}.parquet",
        truth=truth,
    output:
        estimates=per_model(ANALYSIS + "/{model}/estimates.csv"),
        effects=per_model(ANALYSIS + "/{model}/effects.csv"),
        comparison=ANALYSIS + "/comparison.csv",
        pooling=ANALYSIS + "/pooling.csv",
        gap=ANALYSIS + "/gap.csv",
        recovery=ANALYSIS + "/recovery.csv",
    log:
        "logs/compare_models/{edition}/{state}/{outcome}.log",
    benchmark:
        "benchmarks/compare_models/{edition}/{state}/{outcome}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        models=SETTINGS["models"],
        mass=SETTINGS["interval"]["mass"],
        thresholds=SETTINGS["checks"],
        population=SETTINGS["population"],
        library=library("compare_models"),
    conda:
        "../../environment.yml"
    message:
        "Comparing models of {wildcards.outcome} in {wildcards.state}, {wildcards.edition}"
    script:
        "../scripts/compare_models.py"
