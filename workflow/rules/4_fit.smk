"""Draw from the posterior of every model, in one process that compiles each once.

in   data/analyses/{edition}/{state}/income.csv, {outcome}/cells.csv
out  data/analyses/{edition}/{state}/{outcome}/{model}/posterior.nc
"""


rule fit_models:
    input:
        tables="data/analyses/{edition}/tabulate_cells.json",
        report="data/participants/{edition}/conversion.json",
    output:
        receipt="data/analyses/{edition}/fit_models.json",
    log:
        "logs/fit_models/{edition}.log",
    benchmark:
        "benchmarks/fit_models/{edition}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        store=store,
        states=SETTINGS["states"],
        outcomes=SETTINGS["outcomes"],
        models=SETTINGS["models"],
        priors=SETTINGS["priors"],
        sampler=SETTINGS["sampler"],
        made_with=made_with("fit_models", "priors", "sampler"),
    message:
        "Sampling edition {wildcards.edition}"
    script:
        "../scripts/fit_models.py"
