"""Participants of AC 2019 from INEP's own rows, read without the library."""

import zipfile

import numpy as np
import pandas as pd

AREAS = ("CN", "CH", "LC", "MT")
TYPES = {"1": "federal", "2": "estadual", "3": "municipal", "4": "privada"}
BOUNDS = np.array([0, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20])
"""Lower bounds of brackets B to Q, minimum wages."""

OPEN, NONE = 1.25, 0.25
"""Assumed income of bracket Q as a multiple of its bound, and of bracket A, minimum wages."""


def read_rows(archive):
    with zipfile.ZipFile(archive) as files:
        name = next(n for n in files.namelist() if "microdados_enem" in n.lower().rsplit("/")[-1])
        raw = pd.read_csv(files.open(name), sep=";", encoding="latin-1", dtype=str)
    scores = raw[[f"NU_NOTA_{area}" for area in (*AREAS, "REDACAO")]].astype(float)
    kept = (raw["SG_UF_PROVA"] == "AC") & (raw["IN_TREINEIRO"] == "0")
    kept &= raw[["TP_DEPENDENCIA_ADM_ESC", "Q006"]].notna().all(axis=1)
    kept &= (raw[[f"TP_PRESENCA_{area}" for area in AREAS]] == "1").all(axis=1)
    kept &= scores.notna().all(axis=1) & (scores.iloc[:, :4] > 0).all(axis=1)
    raw = raw[kept]
    return pd.DataFrame(
        {
            "municipality": raw["CO_MUNICIPIO_ESC"],
            "school": raw["CO_ESCOLA"],
            "school_type": raw["TP_DEPENDENCIA_ADM_ESC"].map(TYPES),
            "income_bracket": raw["Q006"],
            "score": scores[kept].mean(axis=1),
        }
    ).reset_index(drop=True)


def income():
    middle = (BOUNDS[:-1] + BOUNDS[1:]) / 2
    wages = np.concatenate([[NONE], middle, [OPEN * BOUNDS[-1]]])
    return pd.DataFrame({"income_bracket": list("ABCDEFGHIJKLMNOPQ"), "x": np.log2(wages / 2)})
