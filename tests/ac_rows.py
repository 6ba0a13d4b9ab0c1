"""Participants of AC 2019, read from INEP's rows without the library."""

import zipfile

import numpy as np
import pandas as pd

from made import LETTERS, TYPES

AREAS = ("CN", "CH", "LC", "MT")
UPPER = np.array([1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20])
"""Upper bounds of brackets B to P, minimum wages; A has none, Q begins at the last."""

WAGES = np.array([0.25, *((np.array([0, *UPPER[:-1]]) + UPPER) / 2), 1.25 * UPPER[-1]])
INCOME = pd.DataFrame({"income_bracket": LETTERS, "x": np.log2(WAGES / 2)})


def read_participants(path):
    """Rows with all scores, of whom school type and income are known, mean of the five scores."""
    table = read_five_scores(path)
    return table.drop(columns=[*AREAS, "REDACAO"]).assign(
        score=table[[*AREAS, "REDACAO"]].mean(axis=1)
    )


def read_five_scores(path):
    """The same rows with each score."""
    with zipfile.ZipFile(path) as archive:
        name = next(n for n in archive.namelist() if "MICRODADOS_ENEM" in n.upper().split("/")[-1])
        with archive.open(name) as file:
            raw = pd.read_csv(file, sep=";", encoding="latin-1", dtype=str)
    scores = raw[[f"NU_NOTA_{area}" for area in (*AREAS, "REDACAO")]].astype(float)
    kept = raw[["TP_DEPENDENCIA_ADM_ESC", "Q006"]].notna().all(axis=1)
    kept &= (raw["IN_TREINEIRO"] == "0") & (raw["SG_UF_PROVA"] == "AC")
    kept &= (raw[[f"TP_PRESENCA_{area}" for area in AREAS]] == "1").all(axis=1)
    kept &= scores.notna().all(axis=1) & (scores.iloc[:, :4] > 0).all(axis=1)
    return pd.DataFrame(
        {
            "municipality": raw["CO_MUNICIPIO_ESC"],
            "school": raw["CO_ESCOLA"],
            "school_type": raw["TP_DEPENDENCIA_ADM_ESC"].map(dict(zip("1234", TYPES, strict=True))),
            "income_bracket": raw["Q006"],
            **dict(zip((*AREAS, "REDACAO"), scores.to_numpy().T, strict=True)),
        }
    )[kept].reset_index(drop=True)
