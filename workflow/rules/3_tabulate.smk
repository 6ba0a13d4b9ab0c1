"""Select each state's population, count every exclusion, and collapse rows to cells.

in   data/participants/{edition}/
out  results/{edition}/{state}/sample_flow.csv and income.csv, {outcome}/cells.csv and
     score_distribution.csv; data/samples/{edition}/{state}/{outcome}.parquet
"""


rule tabulate_cells:
    input:
        participants="data/participants/{edition}/participants.parquet",
        report="data/participants/{edition}/conversion.json",
    output:
        flow=table("results/{edition}/{state}/sample_flow.csv", outcome="all"),
        income=table("results/{edition}/{state}/income.csv", outcome="all"),
        cells=tables_per_outcome("results/{edition}/{state}/{outcome}/cells.csv"),
        distributions=tables_per_outcome(
            "results/{edition}/{state}/{outcome}/score_distribution.csv"
        ),
        samples=per_outcome("data/samples/{edition}/{state}/{outcome}.parquet"),
    log:
        "logs/tabulate_cells/{edition}/{state}.log",
    benchmark:
        "benchmarks/tabulate_cells/{edition}/{state}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        outcomes=SETTINGS["outcomes"],
        state_by=SETTINGS["state_by"],
        population=SETTINGS["population"],
        income=SETTINGS["income"],
        library=library("tabulate_cells"),
    message:
        "Tabulating {wildcards.state} of edition {wildcards.edition}"
    script:
        "../scripts/tabulate_cells.py"
