"""Family income of exam municipalities beside the scores of those who sit there.

in   data/.../microdados_enem_{edition} and the participants' table
out  data/participants/{edition}/incomes.csv (participants by municipality and income bracket);
     results/{edition}/{state}/{outcome}/municipal/slopes.csv and municipalities.csv
"""


rule count_incomes:
    input:
        zip=raw_zip,
        participants="data/participants/{edition}/participants.parquet",
    output:
        incomes="data/participants/{edition}/incomes.csv",
    log:
        "logs/count_incomes/{edition}.log",
    benchmark:
        "benchmarks/count_incomes/{edition}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        library=library("count_incomes"),
    message:
        said("Counting family incomes by municipality, edition {wildcards.edition}")
    script:
        "../scripts/count_incomes.py"


rule study_municipalities:
    input:
        participants="data/participants/{edition}/participants.parquet",
        incomes="data/participants/{edition}/incomes.csv",
        income="results/{edition}/{state}/income.csv",
    output:
        slopes=municipal_tables("slopes"),
        municipalities=municipal_tables("municipalities"),
    log:
        "logs/study_municipalities/{edition}/{state}.log",
    benchmark:
        "benchmarks/study_municipalities/{edition}/{state}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        outcomes=SETTINGS["outcomes"],
        state_by=SETTINGS["state_by"],
        population=SETTINGS["population"],
        income=SETTINGS["income"],
        priors=SETTINGS["priors"],
        levels=SETTINGS["levels"],
        mass=SETTINGS["interval"]["mass"],
        smallest_group=SETTINGS["report"]["smallest_group"],
        library=library("study_municipalities"),
    message:
        said(
            "Setting municipalities beside people in {wildcards.state}, edition {wildcards.edition}"
        )
    script:
        "../scripts/study_municipalities.py"
