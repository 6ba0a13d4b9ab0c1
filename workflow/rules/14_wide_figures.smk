"""Draw how the five scores of a participant go together.

in   results/{edition}/{state}/joint/correlations.csv
out  results/{edition}/{state}/joint/figures/correlations.{language}.svg and .png
"""


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
