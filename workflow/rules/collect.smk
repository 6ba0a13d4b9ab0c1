"""Hand out what the stages made of each state, or say why there is nothing.

in   data/analyses/{edition}/
out  results/{edition}/{state}/ and its {outcome}/ and {outcome}/{model}/; the sample's rows in
     data/samples/{edition}/{state}/{outcome}.parquet, and their leave-one-out densities in
     data/loo/{edition}/{state}/{outcome}/{model}.parquet

A stage does a batch of states of an edition in one job; here each state becomes a job of its own
again, which fails with what went wrong in that state alone.  Results are copies: who edits one
edits nothing that the stages read, and the next run makes it again.
"""

for kind in KINDS:

    rule:
        name:
            kind.named("collect_results")
        input:
            conversion="data/participants/{edition}/conversion.json",
            stages=stages_of,
        output:
            collected_tables(kind.models),
            per_outcome(
                per_model("results/{edition}/{state}/{outcome}/{model}/posterior.nc", kind.models)
            ),
            per_outcome(
                per_model(
                    "results/{edition}/{state}/{outcome}/{model}/point_estimates.json", kind.models
                )
            ),
            per_outcome("data/samples/{edition}/{state}/{outcome}.parquet"),
            per_outcome(
                per_model("data/loo/{edition}/{state}/{outcome}/{model}.parquet", kind.models)
            ),
        log:
            "logs/collect_results/{edition}/{state}.log",
        benchmark:
            "benchmarks/collect_results/{edition}/{state}.tsv"
        wildcard_constraints:
            edition=kind.pattern,
        localrule: True  # copies take no time
        conda:
            "../../environment.yml"
        threads: 1
        resources:
            mem_mb=300,
            runtime=5,
        params:
            outcomes=SETTINGS["outcomes"],
            models=own_models,
            recipe=recipe,
            library=library("collect_results"),
        message:
            "Collecting the results of {wildcards.state}, edition {wildcards.edition}"
        script:
            "../scripts/collect_results.py"
