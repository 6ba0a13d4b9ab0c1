"""Draw from the posterior of every model.

in   data/analyses/{edition}/{state}/income.csv, {outcome}/sums.parquet
out  data/analyses/{edition}/{state}/{outcome}/{model}/posterior.nc
"""


rule fit_models:
    input:
        tables=ended("tabulate_cells", "{edition}"),
        report="data/participants/{edition}/conversion.json",
    output:
        ended("fit_models", "{edition}"),
        ended("fit_models", "{edition}", ASKED),
    log:
        "logs/fit_models/{edition}.log",
    benchmark:
        "benchmarks/fit_models/{edition}.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        outcomes=SETTINGS["outcomes"],
        models=own_models,
        formulas=own_formulas,
        made_with=made_with("fit_models", "priors", "sampler"),
    message:
        said("Sampling {states}, edition {wildcards.edition}")
    script:
        "../scripts/fit_models.py"
