"""Made tables of an analysis under other assumptions, in the documented columns."""

import pandas as pd

ASSUMPTIONS = [
    *("assumption", "alternative", "parameter", "n", "mean", "sd", "interval_low"),
    *("interval_high", "difference", "difference_in_sd", "mcse_mean", "r_hat", "note"),
]
BINNING = [
    *("rows", "participants", "width", "bins", "parameter", "mode", "sd"),
    *("difference", "difference_in_sd"),
]
ALTERNATIVES = (
    ("main", "main", None),
    ("population.school_type", "self_reported", "not_available"),
    ("population.zero_essays", "exclude", None),
    ("population.blank_answer_sheets", "keep", None),
    ("population.trainees", "keep", "same_participants"),
    ("income.none", "0.125", None),
    ("income.open_ended_factor", "2", None),
    ("errors", "student_t", None),
    ("sigma", "one_for_all", None),
)


def made_assumptions(counts):
    total, rows = sum(counts.values()), []
    for k, (assumption, alternative, note) in enumerate(ALTERNATIVES):
        keys = {"assumption": assumption, "alternative": alternative, "note": note}
        if note == "not_available":
            rows.append(keys)
            continue
        means = {"slope": 14.84137 + 0.21 * k, "gap_at_equal_income": 80.29331 - 0.4 * k}
        means |= {f"slope[{group}]": 13.5 + k for group, n in counts.items() if n}
        means |= {"nu": 41.53212} if assumption == "errors" else {}
        for parameter, mean in means.items():
            step = None if k == 0 or parameter == "nu" else mean / 100 * k
            numbers = {"mean": mean, "sd": 0.8, "mcse_mean": 0.01, "r_hat": 1.0}
            numbers |= {"interval_low": mean - 1.3, "interval_high": mean + 1.3}
            moved = {"difference": step, "difference_in_sd": step and step / 0.8}
            rows.append({**keys, "parameter": parameter, "n": total, **numbers, **moved})
    return pd.DataFrame(rows).reindex(columns=ASSUMPTIONS)


def made_binning():
    rows = [
        (part, 2000, width, 900 - 30 * width, name, 3.5, 0.4, 1e-4 * width, 2.5e-4 * width)
        for part, widths in (("sample", (0, 2.5, 5, 10, 20)), ("all", (2.5, 5, 10, 20)))
        for width in widths
        for name in ("slope[estadual]", "log_nu")
    ]
    return pd.DataFrame(rows, columns=BINNING)


def made_predictions():
    rows = [("gaussian", 0.0, 0.0), ("student_t", -0.09464, 1.82113), ("one_for_all", 1.53, 2.1)]
    table = pd.DataFrame(rows, columns=["errors", "elpd_diff", "diff_se"])
    return table.assign(n=430, elpd=-25570.1, se=48.67, pareto_k_max=0.62)


def write_sensitivity(folder, counts):
    (folder / "sensitivity").mkdir(parents=True)
    tables = {"assumptions": made_assumptions(counts), "binning": made_binning()}
    for name, table in {**tables, "predictions": made_predictions()}.items():
        table.to_csv(folder / "sensitivity" / f"{name}.csv", index=False)
