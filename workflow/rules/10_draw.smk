"""Draw every figure of an outcome, in every language, and write the data behind it.

in   all tables and posteriors of the outcome
out  results/{edition}/{state}/{outcome}/figures/{name}.{language}.svg and .png, and the tidy
     table behind each, {name}.csv and .parquet
"""


rule draw_figures:
    input:
        flow="results/{edition}/{state}/sample_flow.csv",
        presence="results/{edition}/{state}/presence.csv",
        income="results/{edition}/{state}/income.csv",
        cells="results/{edition}/{state}/{outcome}/cells.csv",
        distribution="results/{edition}/{state}/{outcome}/score_distribution.csv",
        posteriors=per_model("results/{edition}/{state}/{outcome}/{model}/posterior.nc"),
        summaries=per_model("results/{edition}/{state}/{outcome}/{model}/summary.csv"),
        predictive=per_model("results/{edition}/{state}/{outcome}/{model}/predictive.csv"),
        estimates=per_model("results/{edition}/{state}/{outcome}/{model}/estimates.csv"),
        profiles=per_model(
            "results/{edition}/{state}/{outcome}/{model}/tau_profile.csv", HIERARCHICAL
        ),
        comparison="results/{edition}/{state}/{outcome}/comparison.csv",
        pooling="results/{edition}/{state}/{outcome}/pooling.csv",
        gap="results/{edition}/{state}/{outcome}/gap.csv",
        groups="results/{edition}/{state}/{outcome}/groups.csv",
        effects=per_model("results/{edition}/{state}/{outcome}/{model}/effects.csv"),
        study=expand(
            "results/{{edition}}/{{state}}/{{outcome}}/estimation/{table}.csv", table=STUDY_TABLES
        ),
        assumptions="results/{edition}/{state}/{outcome}/sensitivity/assumptions.csv",
    output:
        svg=figures("results/{edition}/{state}/{outcome}/figures/{figure}.{language}.svg"),
        png=per_language(
            per_figure("results/{edition}/{state}/{outcome}/figures/{figure}.{language}.png")
        ),
        csv=per_figure("results/{edition}/{state}/{outcome}/figures/{figure}.csv"),
        parquet=per_figure("results/{edition}/{state}/{outcome}/figures/{figure}.parquet"),
    log:
        "logs/draw_figures/{edition}/{state}/{outcome}.log",
    benchmark:
        "benchmarks/draw_figures/{edition}/{state}/{outcome}.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        formulas=SETTINGS["formulas"],
        mass=SETTINGS["interval"]["mass"],
        school_type=SETTINGS["population"]["school_type"],
        smallest_group=SETTINGS["report"]["smallest_group"],
        library=library("draw_figures"),
    message:
        "Drawing figures of {wildcards.outcome} in {wildcards.state}, {wildcards.edition}"
    script:
        "../scripts/draw_figures.py"
