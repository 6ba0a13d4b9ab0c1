"""The 137 columns of 2017's first release, and how coded columns become lines of the file."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from enem.names import AREAS

SEPARATOR = ";"
ENCODING = "latin-1"


def place_names(suffix: str) -> tuple[str, ...]:
    """Names of the four columns of a place: ``RESIDENCIA``, ``NASCIMENTO``, ``ESC``, ``PROVA``."""
    return tuple(f"{part}_{suffix}" for part in ("CO_MUNICIPIO", "NO_MUNICIPIO", "CO_UF", "SG_UF"))


SCHOOL = (
    *("CO_ESCOLA", *place_names("ESC")),
    *("TP_DEPENDENCIA_ADM_ESC", "TP_LOCALIZACAO_ESC", "TP_SIT_FUNC_ESC"),
)
"""What the file gives of the school, side by side."""

REQUESTS = (
    *("IN_BAIXA_VISAO", "IN_CEGUEIRA", "IN_SURDEZ", "IN_DEFICIENCIA_AUDITIVA"),
    *("IN_SURDO_CEGUEIRA", "IN_DEFICIENCIA_FISICA", "IN_DEFICIENCIA_MENTAL", "IN_DEFICIT_ATENCAO"),
    *("IN_DISLEXIA", "IN_DISCALCULIA", "IN_AUTISMO", "IN_VISAO_MONOCULAR", "IN_OUTRA_DEF"),
    *("IN_GESTANTE", "IN_LACTANTE", "IN_IDOSO", "IN_ESTUDA_CLASSE_HOSPITALAR", "IN_SEM_RECURSO"),
    *("IN_BRAILLE", "IN_AMPLIADA_24", "IN_AMPLIADA_18", "IN_LEDOR", "IN_ACESSO", "IN_TRANSCRICAO"),
    *("IN_LIBRAS", "IN_LEITURA_LABIAL", "IN_MESA_CADEIRA_RODAS", "IN_MESA_CADEIRA_SEPARADA"),
    *("IN_APOIO_PERNA", "IN_GUIA_INTERPRETE", "IN_COMPUTADOR", "IN_CADEIRA_ESPECIAL"),
    *("IN_CADEIRA_CANHOTO", "IN_CADEIRA_ACOLCHOADA", "IN_PROVA_DEITADO", "IN_MOBILIARIO_OBESO"),
    *("IN_LAMINA_OVERLAY", "IN_PROTETOR_AURICULAR", "IN_MEDIDOR_GLICOSE", "IN_MAQUINA_BRAILE"),
    *("IN_SOROBAN", "IN_MARCA_PASSO", "IN_SONDA", "IN_MEDICAMENTOS", "IN_SALA_INDIVIDUAL"),
    *("IN_SALA_ESPECIAL", "IN_SALA_ACOMPANHANTE", "IN_MOBILIARIO_ESPECIFICO"),
    *("IN_MATERIAL_ESPECIFICO", "IN_NOME_SOCIAL"),
)
"""Disabilities and what participants asked for to sit the exam."""

ESSAY_PARTS = (*(f"NU_NOTA_COMP{number}" for number in range(1, 6)), "NU_NOTA_REDACAO")

HEADER = (
    *("NU_INSCRICAO", "NU_ANO", *place_names("RESIDENCIA"), "NU_IDADE", "TP_SEXO"),
    *("TP_ESTADO_CIVIL", "TP_COR_RACA", "TP_NACIONALIDADE", *place_names("NASCIMENTO")),
    *("TP_ST_CONCLUSAO", "TP_ANO_CONCLUIU", "TP_ESCOLA", "TP_ENSINO", "IN_TREINEIRO"),
    *(*SCHOOL, *REQUESTS, *place_names("PROVA")),
    *(f"TP_PRESENCA_{area}" for area in AREAS),
    *(f"CO_PROVA_{area}" for area in AREAS),
    *(f"NU_NOTA_{area}" for area in AREAS),
    *(f"TX_RESPOSTAS_{area}" for area in AREAS),
    "TP_LINGUA",
    *(f"TX_GABARITO_{area}" for area in AREAS),
    "TP_STATUS_REDACAO",
    *ESSAY_PARTS,
    *(f"Q{number:03d}" for number in range(1, 28)),
)
"""Columns of the first release of 2017, in order."""


class Column(NamedTuple):
    """A column as indices into its words."""

    codes: np.ndarray
    words: pa.Array


def column(
    codes: np.ndarray,
    words: Iterable[object],
    filled: np.ndarray | None = None,
    blank: str = "",
) -> Column:
    """Make a column, `blank` where not `filled`.

    Parameters
    ----------
    codes
        Index into `words`, shape (rows,).
    words
        What the codes stand for; written as text.
    filled
        Rows that have a value, shape (rows,); all of them when not given.
    blank
        What other rows hold.
    """
    texts = pa.array([str(word).encode(ENCODING) for word in (blank, *words)], pa.binary())
    shifted = codes + 1 if filled is None else np.where(filled, codes + 1, 0)
    return Column(shifted, texts)


def neighbours(
    names: Sequence[str],
    codes: np.ndarray,
    rows: Iterable[Sequence[object]],
    filled: np.ndarray | None = None,
) -> dict[str, Column]:
    """Make columns that lie side by side and follow one code: they are written as one.

    Parameters
    ----------
    names
        Neighbours in `HEADER`.
    codes, filled
        As for `column`.
    rows
        What the codes stand for, a value for each of `names`.
    """
    words = (SEPARATOR.join(map(str, row)) for row in rows)
    blank = SEPARATOR * (len(names) - 1)
    return {SEPARATOR.join(names): column(codes, words, filled, blank)}


def encode_lines(columns: Mapping[str, Column | pa.Array]) -> memoryview:
    """Return the lines of a chunk, in the order of `HEADER`, as the bytes of the file.

    Keys are names of columns, those of `neighbours` joined by the separator.
    """
    position = {name: index for index, name in enumerate(HEADER)}
    order = sorted(columns, key=lambda names: position[names.split(SEPARATOR)[0]])
    cells = [_cells(columns[name]) for name in order]
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
