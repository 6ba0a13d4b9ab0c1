"""Draw from the posterior of every model.

in   data/analyses/{edition}/{state}/income.csv, {outcome}/sums.parquet
out  data/analyses/{edition}/{state}/{outcome}/{model}/posterior.nc
"""


rule fit_models:
    input:
        tables="data/analyses/{edition}/batches/{batch}/tabulate_cells.json",
        report="data/participants/{edition}/conversion.json",
    output:
        receipt="data/analyses/{edition}/batches/{batch}/fit_models.json",
    log:
        "logs/fit_models/{edition}/{batch}.log",
    benchmark:
        "benchmarks/fit_models/{edition}/{batch}.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        store=store,
        states=batch_states,
        outcomes=SETTINGS["outcomes"],
        models=own_models,
        formulas=own_formulas,
        priors=SETTINGS["priors"],
        sampler=SETTINGS["sampler"],
        made_with=made_with("fit_models", "priors", "sampler"),
    message:
        "Sampling {wildcards.batch}, edition {wildcards.edition}"
    script:
        "../scripts/fit_models.py"
