"""Draw what wider models found.

in   results/{edition}/{state}/{outcome}/covariates/adjustment.csv, {outcome}/cells.csv,
     joint/correlations.csv, and of the whole country {outcome}/states/effects.csv
out  covariates/figures/adjustment, joint/figures/correlations and states/figures/states, each
     .{language}.svg and .png
"""


rule draw_adjustment:
    input:
        adjustment="results/{edition}/{state}/{outcome}/covariates/adjustment.csv",
        cells="results/{edition}/{state}/{outcome}/cells.csv",
    output:
        wide_figure_files("adjustment"),
    log:
        "logs/draw_adjustment/{edition}/{state}/{outcome}.log",
    benchmark:
        "benchmarks/draw_adjustment/{edition}/{state}/{outcome}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        mass=SETTINGS["interval"]["mass"],
        smallest_group=SETTINGS["report"]["smallest_group"],
        library=library("draw_adjustment"),
    message:
        "Drawing {wildcards.outcome} without and with covariates in {wildcards.state}"
    script:
        "../scripts/draw_adjustment.py"


rule draw_states:
    input:
        effects=f"results/{{edition}}/{BRAZIL}/{{outcome}}/states/effects.csv",
    output:
        wide_figure_files("states"),
    log:
        "logs/draw_states/{edition}/{outcome}.log",
    benchmark:
        "benchmarks/draw_states/{edition}/{outcome}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        mass=SETTINGS["interval"]["mass"],
        smallest_group=SETTINGS["report"]["smallest_group"],
        library=library("draw_states"),
    message:
        "Drawing {wildcards.outcome} of all states together, {wildcards.edition}"
    script:
        "../scripts/draw_states.py"


rule draw_correlations:
    input:
        correlations="results/{edition}/{state}/joint/correlations.csv",
    output:
        wide_figure_files("correlations"),
    log:
        "logs/draw_correlations/{edition}/{state}.log",
    benchmark:
        "benchmarks/draw_correlations/{edition}/{state}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        mass=SETTINGS["interval"]["mass"],
        smallest_group=SETTINGS["report"]["smallest_group"],
        library=library("draw_correlations"),
    message:
        "Drawing all scores together in {wildcards.state}, {wildcards.edition}"
    script:
        "../scripts/draw_correlations.py"
