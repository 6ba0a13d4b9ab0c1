"""Put estimators, models and groups side by side; refuse posteriors that did not converge.

in   posteriors, summaries, checks and point estimates of every model, the sample's rows
out  .../{model}/estimates.csv and effects.csv; .../comparison.csv, pooling.csv, gap.csv, and
     recovery.csv for the simulated release
"""


rule compare_models:
    input:
        posteriors=per_model("results/{edition}/{state}/{outcome}/{model}/posterior.nc"),
        records=per_model("results/{edition}/{state}/{outcome}/{model}/point_estimates.json"),
        summaries=per_model("results/{edition}/{state}/{outcome}/{model}/summary.csv"),
        checks=per_model("results/{edition}/{state}/{outcome}/{model}/checks.json"),
        loo=per_model("results/{edition}/{state}/{outcome}/{model}/loo.parquet"),
        cells="results/{edition}/{state}/{outcome}/cells.csv",
        income="results/{edition}/{state}/income.csv",
        sample="data/samples/{edition}/{state}/{outcome}.parquet",
        truth=truth,
    output:
        estimates=tables_per_model("results/{edition}/{state}/{outcome}/{model}/estimates.csv"),
        effects=tables_per_model("results/{edition}/{state}/{outcome}/{model}/effects.csv"),
        comparison=table("results/{edition}/{state}/{outcome}/comparison.csv"),
        pooling=table("results/{edition}/{state}/{outcome}/pooling.csv"),
        gap=table("results/{edition}/{state}/{outcome}/gap.csv"),
        recovery=table("results/{edition}/{state}/{outcome}/recovery.csv"),
    log:
        "logs/compare_models/{edition}/{state}/{outcome}.log",
    benchmark:
        "benchmarks/compare_models/{edition}/{state}/{outcome}.tsv"
    conda:
        "../../environment.yml"
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
    message:
        "Comparing models of {wildcards.outcome} in {wildcards.state}, {wildcards.edition}"
    script:
        "../scripts/compare_models.py"
