"""Draw every figure of an outcome, in every language, and write the data behind it.

in   all tables and posteriors of the outcome
out  results/{edition}/{state}/{outcome}/figures/{name}.{language}.svg and .png, of those that
     tell the story also {name}.narrow.{language}.svg and {name}.feed.{language}.png, the tidy
     table behind each, {name}.csv and .parquet, and the list of all, figures.json
"""

for kind in KINDS:

    rule:
        name:
            kind.named("draw_figures")
        input:
            flow="results/{edition}/{state}/sample_flow.csv",
            presence="results/{edition}/{state}/presence.csv",
            income="results/{edition}/{state}/income.csv",
            cells="results/{edition}/{state}/{outcome}/cells.csv",
            distribution="results/{edition}/{state}/{outcome}/score_distribution.csv",
            posteriors=each_model("results/{edition}/{state}/{outcome}/{model}/posterior.nc"),
            summaries=each_model("results/{edition}/{state}/{outcome}/{model}/summary.csv"),
            predictive=each_model("results/{edition}/{state}/{outcome}/{model}/predictive.csv"),
            estimates=each_model("results/{edition}/{state}/{outcome}/{model}/estimates.csv"),
            profiles=each_model(
                "results/{edition}/{state}/{outcome}/{model}/tau_profile.csv", hierarchical=True
            ),
            comparison="results/{edition}/{state}/{outcome}/comparison.csv",
            pooling="results/{edition}/{state}/{outcome}/pooling.csv",
            gap="results/{edition}/{state}/{outcome}/gap.csv",
            groups="results/{edition}/{state}/{outcome}/groups.csv",
            slopes="results/{edition}/{state}/{outcome}/municipal/slopes.csv",
            municipalities="results/{edition}/{state}/{outcome}/municipal/municipalities.csv",
            effects=each_model("results/{edition}/{state}/{outcome}/{model}/effects.csv"),
            study=study_of,
            assumptions=sensitivity_of,
        output:
            svg=figures("results/{edition}/{state}/{outcome}/figures/{figure}.{language}.svg", kind),
            others=other_files("results/{edition}/{state}/{outcome}/figures", kind),
            index="results/{edition}/{state}/{outcome}/figures/figures.json",
        log:
            "logs/draw_figures/{edition}/{state}/{outcome}.log",
        benchmark:
            "benchmarks/draw_figures/{edition}/{state}/{outcome}.tsv"
        wildcard_constraints:
            edition=kind.pattern,
        conda:
            "../../environment.yml"
        threads: 2
        resources:
            mem_mb=1500,
            runtime=10,
        params:
            formulas=own_formulas,
            mass=SETTINGS["interval"]["mass"],
            school_type=SETTINGS["population"]["school_type"],
            smallest_group=SETTINGS["report"]["smallest_group"],
            library=library("draw_figures"),
        message:
            said("Drawing figures of {wildcards.outcome} in {wildcards.state}, {wildcards.edition}")
        script:
            "../scripts/draw_figures.py"
