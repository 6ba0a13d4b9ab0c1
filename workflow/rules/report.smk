"""Write two self-contained pages per state: the story, and everything behind it.

in   every artefact of the state
out  results/{edition}/{state}/report.html and report_technical.html; once for all of them,
     data/charts/drawing_library.js, the scripts that draw the interactive chart
"""


rule bundle_charts:
    output:
        "data/charts/drawing_library.js",
    log:
        "logs/bundle_charts.log",
    benchmark:
        "benchmarks/bundle_charts.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        library=library("bundle_charts"),
    message:
        said("Bundling the library that draws the pages' interactive chart")
    script:
        "../scripts/bundle_charts.py"


rule build_report:
    input:
        charts="data/charts/drawing_library.js",
        record=raw_record,
        conversion="data/participants/{edition}/conversion.json",
        flow="results/{edition}/{state}/sample_flow.csv",
        presence="results/{edition}/{state}/presence.csv",
        applications="results/{edition}/{state}/applications.csv",
        income="results/{edition}/{state}/income.csv",
        cells=per_outcome("results/{edition}/{state}/{outcome}/cells.csv"),
        groups=per_outcome("results/{edition}/{state}/{outcome}/groups.csv"),
        slopes=per_outcome("results/{edition}/{state}/{outcome}/municipal/slopes.csv"),
        comparison=per_outcome("results/{edition}/{state}/{outcome}/comparison.csv"),
        summaries=each_model("results/{edition}/{state}/{outcome}/{model}/summary.csv"),
        posteriors=each_model("results/{edition}/{state}/{outcome}/{model}/posterior.nc"),
        predictive=each_model("results/{edition}/{state}/{outcome}/{model}/predictive.csv"),
        recovery=per_outcome("results/{edition}/{state}/{outcome}/recovery.csv"),
        checks=each_model("results/{edition}/{state}/{outcome}/{model}/checks.json"),
        estimates=each_model("results/{edition}/{state}/{outcome}/{model}/estimates.csv"),
        effects=each_model("results/{edition}/{state}/{outcome}/{model}/effects.csv"),
        tau_profiles=each_model(
            "results/{edition}/{state}/{outcome}/{model}/tau_profile.csv", hierarchical=True
        ),
        study=study_of,
        sensitivity=sensitivity_of,
        figures=figures_to_show,
        carried=figures_to_carry,
        joint=joint_inputs,
    output:
        story=page("results/{edition}/{state}/report.html", "page"),
        technical=page("results/{edition}/{state}/report_technical.html", "page_technical"),
    log:
        "logs/build_report/{edition}/{state}.log",
    benchmark:
        "benchmarks/build_report/{edition}/{state}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=own_settings,
        library=library("build_report"),
    message:
        said("Writing the pages of {wildcards.state}, edition {wildcards.edition}")
    script:
        "../scripts/build_report.py"
