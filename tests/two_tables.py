"""Small made tables of scores (RESULTADOS) in the layouts of 2024 and 2025."""

import zipfile

from inep_zip import csv_bytes

RESULT = {
    "NU_SEQUENCIAL": "206403",
    "NU_ANO": "2024",
    "CO_ESCOLA": "23052929",
    "CO_MUNICIPIO_ESC": "2301406",
    "NO_MUNICIPIO_ESC": "Aratuba",
    "SG_UF_ESC": "CE",
    "TP_DEPENDENCIA_ADM_ESC": "2",
    "CO_MUNICIPIO_PROVA": "2301406",
    "NO_MUNICIPIO_PROVA": "Aratuba",
    "SG_UF_PROVA": "CE",
    "TP_PRESENCA_CN": "1",
    "TP_PRESENCA_CH": "1",
    "TP_PRESENCA_LC": "1",
    "TP_PRESENCA_MT": "1",
    "NU_NOTA_CN": "436.8",
    "NU_NOTA_CH": "377.8",
    "NU_NOTA_LC": "423.4",
    "NU_NOTA_MT": "427.1",
    "TP_STATUS_REDACAO": "1",
    "NU_NOTA_REDACAO": "300",
}
"""One row of 2024's table, with the columns that matter."""

GRADES = {f"NU_NOTA_AV{marker}": "" for marker in (1, 2, 3, 4)}
"""What 2025 adds: the essay's grades by marker."""

PARTICIPANT = {
    "NU_INSCRICAO": "210062064233",
    "NU_ANO": "2024",
    "TP_FAIXA_ETARIA": "5",
    "IN_TREINEIRO": "0",
    "CO_MUNICIPIO_PROVA": "4314902",
    "SG_UF_PROVA": "RS",
    "Q007": "C",
}
"""One row of the table of participants."""


def results(*changes, year=2024):
    """Return a row of an edition per argument, numbered, with some columns changed."""
    rows = [
        RESULT | {"NU_SEQUENCIAL": str(i + 1), "NU_ANO": str(year)} for i in range(len(changes))
    ]
    if year == 2025:
        for row in rows:
            del row["TP_STATUS_REDACAO"]
        rows = [row | GRADES for row in rows]
    return [row | change for row, change in zip(rows, changes, strict=True)]


def write_tables(path, rows, people=(PARTICIPANT,)):
    """Write INEP's zip of an edition: both tables, that of participants first."""
    year = rows[0]["NU_ANO"]
    folder = f"microdados_enem_{year}/DADOS"
    with zipfile.ZipFile(path, "w") as archive:
        own = [{"NU_ANO": year} if person is PARTICIPANT else {} for person in people]
        people = [person | year_of for person, year_of in zip(people, own, strict=True)]
        archive.writestr(f"{folder}/PARTICIPANTES_{year}.csv", csv_bytes(people))
        archive.writestr(f"{folder}/RESULTADOS_{year}.csv", csv_bytes(rows))
    return path
