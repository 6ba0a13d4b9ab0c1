"""Put all states and editions side by side.

in   summaries, effects, checks, cells, incomes and sample flows of every analysis, and the reports
     linked to
out  results/atlas/index.html, and as .csv and .parquet: parameters, effects, checks, samples of
     every analysis, and pooled, scales, pooled_effects, pooled_checks of the model on top of them;
     results/atlas/figures/, the files of its figures and maps

`build_atlas` waits for everything that the config asks for.  Where jobs failed under
`--keep-going`, ask for `build_partial_atlas` by name: the same page of what is finished, which
names what is missing.
"""


# both rules write the same files; the partial atlas is made only when asked for by name
ruleorder: build_atlas > build_partial_atlas


rule build_atlas:
    input:
        unpack(asked_analyses),
    output:
        html=report(
            "results/atlas/index.html",
            caption="../report/atlas.rst",
            category="Atlas",
            labels={"content": "page"},
        ),
        tables=[atlas_table(name) for name in ATLAS_TABLES],
        parquet=expand("results/atlas/{table}.parquet", table=ATLAS_TABLES),
        # which ones there are depends on the numbers
        figures=directory("results/atlas/figures"),
    log:
        "logs/build_atlas.log",
    benchmark:
        "benchmarks/build_atlas.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    resources:
        mem_mb=1500,
        runtime=20,
    params:
        settings=SETTINGS,
        library=library("build_atlas"),
    message:
        said("Putting the analyses of all states and editions side by side")
    script:
        "../scripts/build_atlas.py"


# with the same log, and so the same record of what it made: else the files of one would look to the
# other as if somebody had changed them
use rule build_atlas as build_partial_atlas with:
    input:
        unpack(finished_analyses),
    message:
        said("Putting the finished analyses side by side")
