"""Fit wider models on the moments of the same participants; only where the config asks for them.

in   data/participants/{edition}/; results/{edition}/{state}/income.csv, {outcome}/cells.csv and
     {model}/effects.csv
out  data/moments/{edition}/{state}/{outcome}.nc
     results/{edition}/{state}/{outcome}/covariates/ {model}/posterior.nc, summary.csv, checks.json
     and effects.csv, and adjustment.csv
     data/moments/{edition}/{state}/joint.nc and results/{edition}/{state}/joint/ posterior.nc,
     summary.csv, checks.json and correlations.csv
     of the whole country, data/moments/{edition}/BR/{outcome}.states.parquet, and
     results/{edition}/BR/{outcome}/states/ posterior.nc, summary.csv, checks.json and effects.csv
"""

STATES_TOGETHER = f"results/{{edition}}/{BRAZIL}/{{outcome}}/states"
WITH_COVARIATES = "results/{edition}/{state}/{outcome}/covariates"


rule tabulate_moments:
    input:
        participants="data/participants/{edition}/participants.parquet",
        income="results/{edition}/{state}/income.csv",
    output:
        per_outcome("data/moments/{edition}/{state}/{outcome}.nc"),
    log:
        "logs/tabulate_moments/{edition}/{state}.log",
    benchmark:
        "benchmarks/tabulate_moments/{edition}/{state}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        outcomes=SETTINGS["outcomes"],
        state_by=SETTINGS["state_by"],
        population=SETTINGS["population"],
        covariates=SETTINGS["covariates"],
        library=library("tabulate_moments"),
    message:
        "Adding up moments of {wildcards.state}, edition {wildcards.edition}"
    script:
        "../scripts/tabulate_moments.py"


rule fit_covariates:
    input:
        moments="data/moments/{edition}/{state}/{outcome}.nc",
        cells="results/{edition}/{state}/{outcome}/cells.csv",
        income="results/{edition}/{state}/income.csv",
        effects=per_model("results/{edition}/{state}/{outcome}/{model}/effects.csv"),
        report="data/participants/{edition}/conversion.json",
    output:
        per_model(f"{WITH_COVARIATES}/{{model}}/posterior.nc"),
        per_model(f"{WITH_COVARIATES}/{{model}}/summary.csv"),
        per_model(f"{WITH_COVARIATES}/{{model}}/checks.json"),
        per_model(f"{WITH_COVARIATES}/{{model}}/effects.csv"),
        adjustment=wide_table(f"{WITH_COVARIATES}/adjustment.csv", "adjustment"),
    log:
        "logs/fit_covariates/{edition}/{state}/{outcome}.log",
    benchmark:
        "benchmarks/fit_covariates/{edition}/{state}/{outcome}.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        models=SETTINGS["models"],
        settings=wide_settings("covariates"),
        library=library("fit_covariates"),
    message:
        "Fitting {wildcards.outcome} with covariates in {wildcards.state}, {wildcards.edition}"
    script:
        "../scripts/fit_covariates.py"


rule tabulate_states:
    input:
        participants="data/participants/{edition}/participants.parquet",
    output:
        per_outcome(f"data/moments/{{edition}}/{BRAZIL}/{{outcome}}.states.parquet"),
    log:
        "logs/tabulate_states/{edition}.log",
    benchmark:
        "benchmarks/tabulate_states/{edition}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        outcomes=SETTINGS["outcomes"],
        state_by=SETTINGS["state_by"],
        population=SETTINGS["population"],
        library=library("tabulate_states"),
    message:
        "Collapsing participants by state, edition {wildcards.edition}"
    script:
        "../scripts/tabulate_states.py"


rule fit_states:
    input:
        by_state=f"data/moments/{{edition}}/{BRAZIL}/{{outcome}}.states.parquet",
        cells=f"results/{{edition}}/{BRAZIL}/{{outcome}}/cells.csv",
        income=f"results/{{edition}}/{BRAZIL}/income.csv",
        report="data/participants/{edition}/conversion.json",
    output:
        posterior=f"{STATES_TOGETHER}/posterior.nc",
        summary=f"{STATES_TOGETHER}/summary.csv",
        checks=f"{STATES_TOGETHER}/checks.json",
        effects=wide_table(f"{STATES_TOGETHER}/effects.csv", "states_effects"),
    log:
        "logs/fit_states/{edition}/{outcome}.log",
    benchmark:
        "benchmarks/fit_states/{edition}/{outcome}.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=wide_settings(),
        library=library("fit_states"),
    message:
        "Fitting {wildcards.outcome} of all states together, {wildcards.edition}"
    script:
        "../scripts/fit_states.py"


rule tabulate_joint:
    input:
        participants="data/participants/{edition}/participants.parquet",
        income="results/{edition}/{state}/income.csv",
    output:
        moments="data/moments/{edition}/{state}/joint.nc",
    log:
        "logs/tabulate_joint/{edition}/{state}.log",
    benchmark:
        "benchmarks/tabulate_joint/{edition}/{state}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        state_by=SETTINGS["state_by"],
        population=SETTINGS["population"],
        library=library("tabulate_joint"),
    message:
        "Adding up moments of all scores in {wildcards.state}, edition {wildcards.edition}"
    script:
        "../scripts/tabulate_joint.py"


rule fit_joint:
    input:
        moments="data/moments/{edition}/{state}/joint.nc",
        report="data/participants/{edition}/conversion.json",
    output:
        posterior="results/{edition}/{state}/joint/posterior.nc",
        summary="results/{edition}/{state}/joint/summary.csv",
        checks="results/{edition}/{state}/joint/checks.json",
        correlations=wide_table("results/{edition}/{state}/joint/correlations.csv", "correlations"),
    log:
        "logs/fit_joint/{edition}/{state}.log",
    benchmark:
        "benchmarks/fit_joint/{edition}/{state}.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=wide_settings(),
        library=library("fit_joint"),
    message:
        "Fitting all scores together in {wildcards.state}, {wildcards.edition}"
    script:
        "../scripts/fit_joint.py"
