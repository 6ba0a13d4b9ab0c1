"""The fixed vocabularies: states, outcomes, school types and models."""

from collections.abc import Sequence

STATE_NAMES = {
    "AC": "Acre",
    "AL": "Alagoas",
    "AM": "Amazonas",
    "AP": "Amapá",
    "BA": "Bahia",
    "CE": "Ceará",
    "DF": "Distrito Federal",
    "ES": "Espírito Santo",
    "GO": "Goiás",
    "MA": "Maranhão",
    "MG": "Minas Gerais",
    "MS": "Mato Grosso do Sul",
    "MT": "Mato Grosso",
    "PA": "Pará",
    "PB": "Paraíba",
    "PE": "Pernambuco",
    "PI": "Piauí",
    "PR": "Paraná",
    "RJ": "Rio de Janeiro",
    "RN": "Rio Grande do Norte",
    "RO": "Rondônia",
    "RR": "Roraima",
    "RS": "Rio Grande do Sul",
    "SC": "Santa Catarina",
    "SE": "Sergipe",
    "SP": "São Paulo",
    "TO": "Tocantins",
}
"""The 27 federative units, as INEP abbreviates them, in Portuguese."""

STATES = tuple(STATE_NAMES)

BRAZIL = "BR"
"""All states together."""

AREAS = ("CN", "CH", "LC", "MT")
"""The four objective areas, scored on INEP's IRT scale."""

ESSAY = "REDACAO"
SCORES = (*AREAS, ESSAY)
MEAN = "mean"
"""The outcome that averages the five scores of a participant."""

OUTCOMES = (MEAN, *SCORES)


def moment_columns(outcomes: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Name the means of outcomes and their sums of squares and products in a table of sums."""
    if len(outcomes) == 1:
        return ["mean"], [["ss"]]
    order = {name: place for place, name in enumerate(outcomes)}
    pairs = [[sorted((a, b), key=order.get) for b in outcomes] for a in outcomes]
    return [f"mean_{a}" for a in outcomes], [[f"ss_{a}_{b}" for a, b in row] for row in pairs]


SCHOOL_TYPES = ("federal", "estadual", "municipal", "privada")
"""Administrative dependence of the school (``TP_DEPENDENCIA_ADM_ESC`` 1-4)."""

REPORTED_SCHOOL_TYPES = ("publica", "mista", "privada")
"""What participants say of where they attended secondary school (``Q027``, ``Q047``, ``Q035``)."""

MODELS = ("pooled", "school_type", "income", "school_type_income")

PRIVATE = "privada"
PUBLIC = ("federal", "estadual", "municipal", "publica")
"""Types on the two sides of the private-public gap; ``mista`` (part private) is on neither."""
