"""Select each state's population, count every exclusion, and collapse rows to cells.

in   data/participants/{edition}/
out  data/analyses/{edition}/{state}/ sample_flow.csv, presence.csv and income.csv,
     {outcome}/cells.csv, sums.parquet (by group and profile), score_distribution.csv and
     sample.parquet
"""


rule tabulate_cells:
    input:
        participants="data/participants/{edition}/participants.parquet",
        report="data/participants/{edition}/conversion.json",
        incomes=incomes_needed,
    output:
        receipt="data/analyses/{edition}/batches/{batch}/tabulate_cells.json",
    log:
        "logs/tabulate_cells/{edition}/{batch}.log",
    benchmark:
        "benchmarks/tabulate_cells/{edition}/{batch}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        store=store,
        states=batch_states,
        outcomes=SETTINGS["outcomes"],
        state_by=SETTINGS["state_by"],
        population=SETTINGS["population"],
        income=SETTINGS["income"],
        formulas=own_formulas,
        made_with=made_with("tabulate_cells", "outcomes", "state_by", "population", "income"),
    message:
        "Tabulating {wildcards.batch}, edition {wildcards.edition}"
    script:
        "../scripts/tabulate_cells.py"
