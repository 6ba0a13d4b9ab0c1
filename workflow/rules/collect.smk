"""Hand out what the stages made of each state, or say why there is nothing.

in   data/analyses/{edition}/
out  results/{edition}/{state}/ and its {outcome}/ and {outcome}/{model}/; the sample's rows in
     data/samples/{edition}/{state}/{outcome}.parquet, and their leave-one-out densities in
     data/loo/{edition}/{state}/{outcome}/{model}.parquet

A stage does all states of an edition in one job, for its start costs more than many states do.  It
does not name their artefacts as its output: Snakemake fails a job that lacks one, and a state that
cannot be analysed would cost all others.  It names what it leaves when it is through with each state
(`ended`), and keeps what its records prove by digests.  Here each state becomes a job of its own
again, which names its files, and fails with what went wrong in that state alone.  Where the recipe
and the edition's file are those of its results, the stages' word is `ancient`: another state that
joins them makes nothing of this one again.

Results are copies: who edits one edits nothing that the stages read, and the next run makes it again.
"""

for kind in KINDS:

    rule:
        name:
            kind.named("collect_results")
        input:
            edition=read_of_edition,
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
            said("Collecting the results of {wildcards.state}, edition {wildcards.edition}")
        script:
            "../scripts/collect_results.py"
