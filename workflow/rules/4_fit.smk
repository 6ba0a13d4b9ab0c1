"""Draw from the posterior of every model, in one process that compiles each once.

in   results/{edition}/{state}/{outcome}/cells.csv, results/{edition}/{state}/income.csv
out  results/{edition}/{state}/{outcome}/{model}/posterior.nc
"""


rule fit_models:
    input:
        cells="results/{edition}/{state}/{outcome}/cells.csv",
        income="results/{edition}/{state}/income.csv",
        report="data/participants/{edition}/conversion.json",
    output:
        posteriors=per_model("results/{edition}/{state}/{outcome}/{model}/posterior.nc"),
    log:
        "logs/fit_models/{edition}/{state}/{outcome}.log",
    benchmark:
        "benchmarks/fit_models/{edition}/{state}/{outcome}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=30,
    params:
        models=SETTINGS["models"],
        priors=SETTINGS["priors"],
        sampler=SETTINGS["sampler"],
        library=library("fit_models"),
    message:
        "Sampling {wildcards.outcome} in {wildcards.state}, edition {wildcards.edition}"
    script:
        "../scripts/fit_models.py"
