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
        ended("tabulate_cells", "{edition}"),
        ended("tabulate_cells", "{edition}", ASKED),
    log:
        "logs/tabulate_cells/{edition}.log",
    benchmark:
        "benchmarks/tabulate_cells/{edition}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        outcomes=SETTINGS["outcomes"],
        formulas=own_formulas,
        made_with=made_with("tabulate_cells", "outcomes", "state_by", "population", "income"),
    message:
        said("Tabulating {states}, edition {wildcards.edition}")
    script:
        "../scripts/tabulate_cells.py"
