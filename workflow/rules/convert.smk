"""Read each edition's CSV once and keep the wanted columns of all states.

in   data/.../microdados_enem_{edition}.zip, or what the user has in its place
out  data/participants/{edition}/participants.parquet and conversion.json
"""

from enem.config.reading import columns_read


rule convert_release:
    input:
        zip=raw_zip,
    output:
        participants="data/participants/{edition}/participants.parquet",
        report="data/participants/{edition}/conversion.json",
    log:
        "logs/convert_release/{edition}.log",
    benchmark:
        "benchmarks/convert_release/{edition}.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        questions=lambda w: questions_of(own_covariates(w)),
        required=lambda w: columns_read(kind_of(w).settings),
        library=library("convert_release"),
    message:
        said("Converting the microdata of edition {wildcards.edition}")
    script:
        "../scripts/convert_release.py"
