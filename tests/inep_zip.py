"""Tiny zips in INEP's dialect, for tests."""

import zipfile
from pathlib import Path

from enem.convert.csv_stream import open_csv
from enem.convert.rewrite import blocks_of

PARTICIPANT = {
    "NU_INSCRICAO": "190001004627",
    "NU_ANO": "2019",
    "TP_FAIXA_ETARIA": "3",
    "TP_SEXO": "F",
    "TP_COR_RACA": "3",
    "TP_ST_CONCLUSAO": "2",
    "TP_ESCOLA": "2",
    "IN_TREINEIRO": "0",
    "CO_MUNICIPIO_ESC": "1200104",
    "SG_UF_ESC": "AC",
    "TP_DEPENDENCIA_ADM_ESC": "2",
    "CO_MUNICIPIO_PROVA": "1200104",
    "NO_MUNICIPIO_PROVA": "Brasiléia",
    "SG_UF_PROVA": "AC",
    "TP_PRESENCA_CN": "1",
    "TP_PRESENCA_CH": "1",
    "TP_PRESENCA_LC": "1",
    "TP_PRESENCA_MT": "1",
    "CO_PROVA_CN": "503",
    "CO_PROVA_LC": "511",
    "NU_NOTA_CN": "433.9",
    "NU_NOTA_CH": "584.3",
    "NU_NOTA_LC": "542.7",
    "NU_NOTA_MT": "425.6",
    "TP_STATUS_REDACAO": "1",
    "NU_NOTA_REDACAO": "500",
    "Q006": "B",
}
"""One row of the 2019 edition in the LGPD layout, with the columns that matter."""

MEMBER = "DADOS/MICRODADOS_ENEM_2019.csv"


def participants(*changes: dict[str, str]) -> list[dict[str, str]]:
    """Return one participant per argument, each `PARTICIPANT` with some columns changed."""
    return [PARTICIPANT | change for change in changes]


def csv_bytes(rows: list[dict[str, str]], newline: str = "\n") -> bytes:
    """Write rows with the header of the first, `;`, no quotes, in Latin-1."""
    lines = [";".join(rows[0]), *(";".join(row.values()) for row in rows)]
    return "".join(line + newline for line in lines).encode("latin-1")


def write_zip(
    path: Path, csv: bytes, member: str = MEMBER, method: int = zipfile.ZIP_DEFLATED
) -> Path:
    """Write a zip with `csv` as `member` and, as INEP does, other CSVs beside it."""
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("DADOS/ITENS_PROVA_2019.csv", "CO_POSICAO;SG_AREA\n1;LC\n")
        archive.writestr(member, csv)
        archive.writestr("LEIA-ME/leia_me.txt", "leia")
    return path


def header_of(path: Path, edition: str) -> list[str]:
    """Return the column names of a file's CSV."""
    with open_csv(path, edition) as stream:
        return blocks_of(stream, "the file").header
