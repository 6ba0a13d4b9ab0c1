"""Write one self-contained page per state.

in   every artefact of the state
out  results/{edition}/{state}/report.html
"""


rule build_report:
    input:
        record=raw_record,
        conversion="data/participants/{edition}/conversion.json",
        flow=RESULT + "/sample_flow.csv",
        income=RESULT + "/income.csv",
        cells=per_outcome(ANALYSIS + "/cells.csv"),
        comparison=per_outcome(ANALYSIS + "/comparison.csv"),
        summaries=per_outcome(per_model(ANALYSIS + "/{model}/summary.csv")),
        checks=per_outcome(per_model(ANALYSIS + "/{model}/checks.json")),
        estimates=per_outcome(per_model(ANALYSIS + "/{model}/estimates.csv")),
        effects=per_outcome(per_model(ANALYSIS + "/{model}/effects.csv")),
        figures=per_outcome([ANALYSIS + f"/figures/{name}.svg" for name in FIGURES]),
    output:
        html=RESULT + "/report.html",
    log:
        "logs/build_report/{edition}/{state}.log",
    benchmark:
        "benchmarks/build_report/{edition}/{state}.tsv"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=SETTINGS,
        library=library("build_report"),
    conda:
        "../../environment.yml"
    message:
        "Writing the report of {wildcards.state}, edition {wildcards.edition}"
    script:
        "../scripts/build_report.py"
