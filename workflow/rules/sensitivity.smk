"""Estimate slope and gap again under other assumptions: population, incomes, errors, sigmas.

in   the participants of the state and who of them is missing, cells and rows of the sample
out  results/{edition}/{state}/{outcome}/sensitivity/*.csv
"""


rule study_sensitivity:
    input:
        participants="data/participants/{edition}/participants.parquet",
        income="results/{edition}/{state}/income.csv",
        presence="results/{edition}/{state}/presence.csv",
        cells=per_outcome("results/{edition}/{state}/{outcome}/cells.csv"),
        samples=per_outcome("data/samples/{edition}/{state}/{outcome}.parquet"),
    output:
        tables=[
            table(
                f"results/{{edition}}/{{state}}/{{outcome}}/sensitivity/{name}.csv",
                outcome=outcome,
            )
            for outcome in SETTINGS["outcomes"]
            for name in SENSITIVITY_TABLES
        ],
    log:
        "logs/study_sensitivity/{edition}/{state}.log",
    benchmark:
        "benchmarks/study_sensitivity/{edition}/{state}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=30,
    params:
        outcomes=SETTINGS["outcomes"],
        state_by=SETTINGS["state_by"],
        population=SETTINGS["population"],
        income=SETTINGS["income"],
        priors=SETTINGS["priors"],
        bin_width=SETTINGS["sensitivity"]["bin_width"],
        sampler=SETTINGS["sampler"],
        formulas=SETTINGS["formulas"],
        levels=SETTINGS["levels"],
        mass=SETTINGS["interval"]["mass"],
        library=library("study_sensitivity"),
    message:
        said("Trying other assumptions on {wildcards.state}, edition {wildcards.edition}")
    script:
        "../scripts/study_sensitivity.py"
