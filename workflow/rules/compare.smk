"""Put estimators, models and groups side by side; refuse posteriors that did not converge.

in   what the earlier stages made of every model, and the sample's rows
out  data/analyses/{edition}/{state}/{outcome}/ comparison.csv, pooling.csv, gap.csv,
     groups.csv, and recovery.csv, effects_recovery.csv and groups_recovery.csv of the simulated
     release; {model}/estimates.csv and effects.csv
"""


rule compare_models:
    input:
        checks=ended("check_models", "{edition}"),
        truth=truth,
    output:
        ended("compare_models", "{edition}"),
        ended("compare_models", "{edition}", ASKED),
    log:
        "logs/compare_models/{edition}.log",
    benchmark:
        "benchmarks/compare_models/{edition}.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        outcomes=SETTINGS["outcomes"],
        models=own_models,
        formulas=own_formulas,
        made_with=made_with(
            "compare_models",
            "models",
            "formulas",
            "interval",
            "checks",
            "population",
            "effects",
            smallest_group=SETTINGS["report"]["smallest_group"],
        ),
    message:
        said("Comparing models of {states}, edition {wildcards.edition}")
    script:
        "../scripts/compare_models.py"
