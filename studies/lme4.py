"""R's lme4 on rows, for what the library computes from sums to be held against."""

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

SCRIPT = Path(__file__).with_name("lme4.R")
COLUMNS = ["municipality", "school", "school_type", "income_bracket", "x", "score"]


def installed() -> bool:
    """Whether R and its package lme4 are on this machine."""
    if shutil.which("Rscript") is None:
        return False
    asked = "quit(status = !requireNamespace('lme4', quietly = TRUE))"
    return not subprocess.run(["Rscript", "-e", asked], capture_output=True, check=False).returncode


def fit_lme4(rows: pd.DataFrame, formula: str, reml: bool = False) -> dict[str, float]:
    """Fit a formula of `COLUMNS`.

    Returns
    -------
    dict
        Estimates by lme4's names, ``sd.`` and the group for standard deviations, ``logLik``, and
        ``seconds``, those of the fit alone.

    Raises
    ------
    RuntimeError
        When R fails.
    """
    with TemporaryDirectory() as folder:
        source, found = Path(folder) / "rows.csv", Path(folder) / "found.csv"
        rows[COLUMNS].to_csv(source, index=False)
        kind = "REML" if reml else "ML"
        command = ["Rscript", str(SCRIPT), str(source), formula, kind, str(found)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            raise RuntimeError(f"lme4 failed: {run.stderr}")
        table = pd.read_csv(found)
    return dict(zip(table["parameter"], table["value"], strict=True))
