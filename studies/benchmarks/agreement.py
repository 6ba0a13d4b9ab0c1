"""Compare every column of a converted table with a plain reading of the same zip by pandas."""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from studies.benchmarks.readers import CHUNK_ROWS

SCHOOL = {"1": "federal", "2": "estadual", "3": "municipal", "4": "privada"}
RACE = dict(
    zip("012345", ["nao_declarada", "branca", "preta", "parda", "amarela", "indigena"], strict=True)
)
REPORTED = {"A": "publica", "B": "mista", "C": "mista", "D": "privada", "E": "privada"}
TEXTS = {
    "state_exam": ("SG_UF_PROVA", None),
    "state_school": ("SG_UF_ESC", None),
    "state_residence": ("SG_UF_RESIDENCIA", None),
    "municipality_exam": ("NO_MUNICIPIO_PROVA", None),
    "sex": ("TP_SEXO", None),
    "race": ("TP_COR_RACA", RACE),
    "school_type": ("TP_DEPENDENCIA_ADM_ESC", SCHOOL),
    "school_type_reported": ("Q027", REPORTED),
    "income_bracket": ("Q006", None),
    "essay_status": ("TP_STATUS_REDACAO", None),
}
NUMBERS = {
    "is_trainee": "IN_TREINEIRO",
    "completion": "TP_ST_CONCLUSAO",
    "age_band": "NU_IDADE",
    "municipality_exam_code": "CO_MUNICIPIO_PROVA",
    "municipality": "CO_MUNICIPIO_ESC",
    "school": "CO_ESCOLA",
    **{f"booklet_{area}": f"CO_PROVA_{area}" for area in ("CN", "LC")},
    **{f"presence_{area}": f"TP_PRESENCA_{area}" for area in ("CN", "CH", "LC", "MT")},
    **{area: f"NU_NOTA_{area}" for area in ("CN", "CH", "LC", "MT")},
    "REDACAO": "NU_NOTA_REDACAO",
}
FIRST_AGES = [0, *range(17, 26), *range(26, 72, 5)]
"""Of INEP's age bands 1 to 20."""


def differences(zip_path: Path, parquet: Path) -> pd.DataFrame:
    """Count, column by column, the values of `parquet` that differ from the file's.

    Returns
    -------
    pandas.DataFrame
        ``column, values, differing``, one row for each column of `parquet`.

    Raises
    ------
    KeyError
        When `parquet` has a column that is not compared here.
    ValueError
        When it has another number of rows.
    """
    counts: Counter[str] = Counter()
    converted = pq.read_table(parquet)
    columns = converted.column_names
    raw = pd.read_csv(
        zip_path, sep=";", encoding="latin-1", dtype=str, na_filter=False, chunksize=CHUNK_ROWS
    )
    rows = 0
    for plain in raw:
        table = converted.slice(rows, len(plain)).to_pandas()
        if len(table) != len(plain):
            raise ValueError(f"{parquet} has fewer rows than {zip_path}")
        rows += len(plain)
        for column in columns:
            counts[column] += _differing(table[column], plain, column)
    if rows != converted.num_rows:
        raise ValueError(f"{parquet} has more rows than {zip_path}")
    return pd.DataFrame(
        [{"column": name, "values": rows, "differing": counts[name]} for name in columns]
    )


def _differing(found: pd.Series, plain: pd.DataFrame, column: str) -> int:
    if column in NUMBERS:
        expected = pd.to_numeric(plain[NUMBERS[column]]).to_numpy(float)
        if column == "age_band":
            expected = np.searchsorted(FIRST_AGES, expected, side="right").astype(float)
        values = found.astype(float).to_numpy()
        return int((~((values == expected) | (np.isnan(values) & np.isnan(expected)))).sum())
    source, names = TEXTS[column]
    text = plain[source] if names is None else plain[source].map(names).fillna("")
    return int((found.astype(object).fillna("").to_numpy() != text.to_numpy(object)).sum())
