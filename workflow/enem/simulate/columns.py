"""The 78 columns of 2017, and how coded columns become lines of the file."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from enem.names import AREAS

HEADER = (
    *("NU_INSCRICAO", "NU_ANO", "TP_FAIXA_ETARIA", "TP_SEXO", "TP_ESTADO_CIVIL", "TP_COR_RACA"),
    *("TP_NACIONALIDADE", "TP_ST_CONCLUSAO", "TP_ANO_CONCLUIU", "TP_ESCOLA", "TP_ENSINO"),
    *("IN_TREINEIRO", "CO_MUNICIPIO_ESC", "NO_MUNICIPIO_ESC", "CO_UF_ESC", "SG_UF_ESC"),
    *("TP_DEPENDENCIA_ADM_ESC", "TP_LOCALIZACAO_ESC", "TP_SIT_FUNC_ESC"),
    *("CO_MUNICIPIO_PROVA", "NO_MUNICIPIO_PROVA", "CO_UF_PROVA", "SG_UF_PROVA"),
    *(f"TP_PRESENCA_{area}" for area in AREAS),
    *(f"CO_PROVA_{area}" for area in AREAS),
    *(f"NU_NOTA_{area}" for area in AREAS),
    *(f"TX_RESPOSTAS_{area}" for area in AREAS),
    "TP_LINGUA",
    *(f"TX_GABARITO_{area}" for area in AREAS),
    "TP_STATUS_REDACAO",
    *(f"NU_NOTA_COMP{number}" for number in range(1, 6)),
    "NU_NOTA_REDACAO",
    *(f"Q{number:03d}" for number in range(1, 28)),
)
"""Columns of the LGPD re-release of 2017, in order."""

SEPARATOR = ";"
ENCODING = "latin-1"


class Column(NamedTuple):
    """A column as indices into its words."""

    codes: np.ndarray
    words: pa.Array


def column(codes: np.ndarray, words: Iterable[object], filled: np.ndarray | None = None) -> Column:
    """Make a column, blank where not `filled`.

    Parameters
    ----------
    codes
        Index into `words`, shape (rows,).
    words
        What the codes stand for; written as text.
    filled
        Rows that have a value, shape (rows,); all of them when not given.
    """
    texts = pa.array([b"", *(str(word).encode(ENCODING) for word in words)], pa.binary())
    shifted = codes + 1 if filled is None else np.where(filled, codes + 1, 0)
    return Column(shifted, texts)


def encode_lines(columns: Mapping[str, Column | pa.Array]) -> memoryview:
    """Return the lines of a chunk, in the order of `HEADER`, as the bytes of the file."""
    cells = [_cells(columns[name]) for name in HEADER]
    cells[-1] = pc.binary_join_element_wise(cells[-1], b"\n", b"")
    lines = pc.binary_join_element_wise(*cells, SEPARATOR.encode())
    # The joined texts lie end to end in one buffer: the lines need no further copy.
    _, offsets, text = lines.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)
    return memoryview(text)[ends[0] : ends[len(lines)]]


def _cells(entry: Column | pa.Array) -> pa.Array:
    if isinstance(entry, Column):
        return entry.words.take(pa.array(entry.codes))
    return entry
