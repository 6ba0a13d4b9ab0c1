"""Work out how likelihood, maximum a posteriori and posterior relate on these participants.

in   cells and rows of the sample; point estimates, summaries, posteriors, leave-one-out densities
     and scale profiles of every model
out  results/{edition}/{state}/{outcome}/estimation/*.csv
"""

STUDY = "results/{edition}/{state}/{outcome}/estimation"


for kind in KINDS:

    rule:
        name:
            kind.named("study_estimators")
        input:
            cells="results/{edition}/{state}/{outcome}/cells.csv",
            income="results/{edition}/{state}/income.csv",
            sample="data/samples/{edition}/{state}/{outcome}.parquet",
            records=each_model("results/{edition}/{state}/{outcome}/{model}/point_estimates.json"),
            summaries=each_model("results/{edition}/{state}/{outcome}/{model}/summary.csv"),
            posteriors=each_model("results/{edition}/{state}/{outcome}/{model}/posterior.nc"),
            loo=each_model("data/loo/{edition}/{state}/{outcome}/{model}.parquet"),
            profiles=each_model(
                "results/{edition}/{state}/{outcome}/{model}/tau_profile.csv", hierarchical=True
            ),
        output:
            tables=[table(f"{STUDY}/{name}.csv") for name in study_tables_of(kind.income)],
        log:
            "logs/study_estimators/{edition}/{state}/{outcome}.log",
        benchmark:
            "benchmarks/study_estimators/{edition}/{state}/{outcome}.tsv"
        wildcard_constraints:
            edition=kind.pattern,
        conda:
            "../../environment.yml"
        threads: 1
        resources:
            mem_mb=1500,
            runtime=10,
        params:
            models=own_models,
            formulas=own_formulas,
            priors=SETTINGS["priors"],
            seed=SETTINGS["sampler"]["seed"],
            mass=SETTINGS["interval"]["mass"],
            smallest_group=SETTINGS["report"]["smallest_group"],
            library=library("study_estimators"),
        message:
            said(
                "Studying estimators of {wildcards.outcome} in {wildcards.state}, {wildcards.edition}"
            )
        script:
            "../scripts/study_estimators.py"
