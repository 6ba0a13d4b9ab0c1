"""Hand out what the stages made of each state, or say why there is nothing.

in   data/analyses/{edition}/
out  results/{edition}/{state}/ and its {outcome}/ and {outcome}/{model}/; the sample's rows in
     data/samples/{edition}/{state}/{outcome}.parquet

A stage does all states of an edition in one job.  Here each state becomes a job of its own again:
it depends on the data and settings, not on when the stages last ran for another state.
"""


rule collect_results:
    input:
        participants="data/participants/{edition}/participants.parquet",
        report="data/participants/{edition}/conversion.json",
        truth=truth,
        receipts=ancient(expand("data/analyses/{{edition}}/{stage}.json", stage=STAGES)),
    output:
        collected_tables(),
        per_outcome(per_model("results/{edition}/{state}/{outcome}/{model}/posterior.nc")),
        per_outcome(per_model("results/{edition}/{state}/{outcome}/{model}/point_estimates.json")),
        per_outcome("data/samples/{edition}/{state}/{outcome}.parquet"),
    log:
        "logs/collect_results/{edition}/{state}.log",
    benchmark:
        "benchmarks/collect_results/{edition}/{state}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=300,
        runtime=5,
    params:
        store=store,
        outcomes=SETTINGS["outcomes"],
        models=SETTINGS["models"],
        made_with=[made_with(stage, *SECTIONS) for stage in STAGES],
        library=library("collect_results"),
    message:
        "Collecting the results of {wildcards.state}, edition {wildcards.edition}"
    script:
        "../scripts/collect_results.py"
