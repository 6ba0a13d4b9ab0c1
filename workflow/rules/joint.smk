"""Fit the five scores of a participant together; only where the config asks for it.

in   data/participants/{edition}/; results/{edition}/{state}/income.csv
out  data/sums/{edition}/{state}/joint.parquet and results/{edition}/{state}/joint/ posterior.nc,
     summary.csv, checks.json, correlations.csv and
     figures/correlations, each language as .svg and .png
"""


rule tabulate_joint:
    input:
        participants="data/participants/{edition}/participants.parquet",
    output:
        sums="data/sums/{edition}/{state}/joint.parquet",
    log:
        "logs/tabulate_joint/{edition}/{state}.log",
    benchmark:
        "benchmarks/tabulate_joint/{edition}/{state}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        state_by=SETTINGS["state_by"],
        population=SETTINGS["population"],
        library=library("tabulate_joint"),
    message:
        said("Adding up all scores together in {wildcards.state}, edition {wildcards.edition}")
    script:
        "../scripts/tabulate_joint.py"


rule fit_joint:
    input:
        sums="data/sums/{edition}/{state}/joint.parquet",
        income="results/{edition}/{state}/income.csv",
        report="data/participants/{edition}/conversion.json",
    output:
        posterior="results/{edition}/{state}/joint/posterior.nc",
        summary="results/{edition}/{state}/joint/summary.csv",
        checks="results/{edition}/{state}/joint/checks.json",
        correlations=joint_table("results/{edition}/{state}/joint/correlations.csv", "correlations"),
    log:
        "logs/fit_joint/{edition}/{state}.log",
    benchmark:
        "benchmarks/fit_joint/{edition}/{state}.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=joint_settings(),
        school_type=SETTINGS["population"]["school_type"],
        library=library("fit_joint"),
    message:
        said("Fitting all scores together in {wildcards.state}, {wildcards.edition}")
    script:
        "../scripts/fit_joint.py"


rule draw_correlations:
    input:
        correlations="results/{edition}/{state}/joint/correlations.csv",
    output:
        joint_figure_files(),
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
        said("Drawing all scores together in {wildcards.state}, {wildcards.edition}")
    script:
        "../scripts/draw_correlations.py"
