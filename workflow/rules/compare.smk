"""Put estimators, models and groups side by side; refuse posteriors that did not converge.

in   what the earlier stages made of every model, and the sample's rows
out  data/analyses/{edition}/{state}/{outcome}/ comparison.csv, pooling.csv, gap.csv,
     groups.csv, and recovery.csv, effects_recovery.csv and groups_recovery.csv of the simulated
     release; {model}/estimates.csv and effects.csv
"""


rule compare_models:
    input:
        checks="data/analyses/{edition}/batches/{batch}/check_models.json",
        truth=truth,
    output:
        receipt="data/analyses/{edition}/batches/{batch}/compare_models.json",
    log:
        "logs/compare_models/{edition}/{batch}.log",
    benchmark:
        "benchmarks/compare_models/{edition}/{batch}.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        store=store,
        states=batch_states,
        outcomes=SETTINGS["outcomes"],
        models=own_models,
        formulas=own_formulas,
        mass=SETTINGS["interval"]["mass"],
        thresholds=SETTINGS["checks"],
        population=SETTINGS["population"],
        effects=SETTINGS["effects"],
        smallest_group=SETTINGS["report"]["smallest_group"],
        made_with=made_with(
            "compare_models",
            *("models", "formulas", "interval", "checks", "population", "effects", "report"),
        ),
    message:
        "Comparing models of {wildcards.batch}, edition {wildcards.edition}"
    script:
        "../scripts/compare_models.py"
