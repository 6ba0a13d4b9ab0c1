"""Find or make each edition's file, and record what it is.

in   INEP's server, or a file given as `source`, or nothing (the simulated release)
out  data/raw|simulated/microdados_enem_{edition}.zip, or data/local/microdados_enem_{edition}, a
     link to a zip or a CSV; .json beside it; data/simulated/truth.csv and truth_groups.csv
"""


rule download_release:
    input:
        sources=SOURCES,
    output:
        # kept when the rule runs again: what is there and verified is not downloaded twice
        zip=update("data/raw/microdados_enem_{edition}.zip"),
        record=update("data/raw/microdados_enem_{edition}.json"),
    log:
        "logs/download_release/{edition}.log",
    benchmark:
        "benchmarks/download_release/{edition}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=240,
    params:
        settings=SETTINGS["retrieve"],
        library=library("download_release"),
    message:
        said("Downloading INEP's microdata of ENEM {wildcards.edition}")
    script:
        "../scripts/download_release.py"


rule link_release:
    input:
        file=local_zip,
        sources=SOURCES,
    output:
        # a zip, a CSV or a .csv.gz: what it is, its first bytes say
        file="data/local/microdados_enem_{edition}",
        record="data/local/microdados_enem_{edition}.json",
    log:
        "logs/link_release/{edition}.log",
    benchmark:
        "benchmarks/link_release/{edition}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        library=library("link_release"),
    message:
        said("Linking {input.file}")
    script:
        "../scripts/link_release.py"


rule simulate_release:
    output:
        zip="data/simulated/microdados_enem_simulated.zip",
        record="data/simulated/microdados_enem_simulated.json",
        truth="data/simulated/truth.csv",
        groups="data/simulated/truth_groups.csv",
    log:
        "logs/simulate_release.log",
    benchmark:
        "benchmarks/simulate_release.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        settings=SETTINGS["simulated"],
        income=SETTINGS["income"],
        library=library("simulate_release"),
    message:
        said("Simulating a release of {params.settings[participants]} participants")
    script:
        "../scripts/simulate_release.py"
