"""Draw every figure of an outcome.

in   all tables and posteriors of the outcome
out  results/{edition}/{state}/{outcome}/figures/{name}.svg and .png
"""

FIGURES = figure_names(SETTINGS["models"])


rule draw_figures:
    input:
        flow=RESULT + "/sample_flow.csv",
        income=RESULT + "/income.csv",
        cells=ANALYSIS + "/cells.csv",
        distribution=ANALYSIS + "/score_distribution.csv",
        posteriors=per_model(ANALYSIS + "/{model}/posterior.nc"),
        summaries=per_model(ANALYSIS + "/{model}/summary.csv"),
        predictive=per_model(ANALYSIS + "/{model}/predictive.csv"),
        estimates=per_model(ANALYSIS + "/{model}/estimates.csv"),
        profiles=per_model(ANALYSIS + "/{model}/tau_profile.csv", HIERARCHICAL),
        comparison=ANALYSIS + "/comparison.csv",
        pooling=ANALYSIS + "/pooling.csv",
        gap=ANALYSIS + "/gap.csv",
    output:
        svg=[ANALYSIS + f"/figures/{name}.svg" for name in FIGURES],
        png=[ANALYSIS + f"/figures/{name}.png" for name in FIGURES],
    log:
        "logs/draw_figures/{edition}/{state}/{outcome}.log",
    benchmark:
        "benchmarks/draw_figures/{edition}/{state}/{outcome}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        models=SETTINGS["models"],
        mass=SETTINGS["interval"]["mass"],
        smallest_group=SETTINGS["report"]["smallest_group"],
        library=library("draw_figures"),
    conda:
        "../../environment.yml"
    message:
        "Drawing figures of {wildcards.outcome} in {wildcards.state}, {wildcards.edition}"
    script:
        "../scripts/draw_figures.py"
