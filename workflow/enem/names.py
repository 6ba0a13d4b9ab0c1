"""The fixed vocabularies: states, outcomes, school types and models."""

STATES = (
    *("AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "MS", "MT", "PA"),
    *("PB", "PE", "PI", "PR", "RJ", "RN", "RO", "RR", "RS", "SC", "SE", "SP", "TO"),
)
"""The 27 federative units, as INEP abbreviates them."""

BRAZIL = "BR"
"""All states together."""

AREAS = ("CN", "CH", "LC", "MT")
"""The four objective areas, scored on INEP's IRT scale."""

ESSAY = "REDACAO"
SCORES = (*AREAS, ESSAY)
MEAN = "mean"
"""The outcome that averages the five scores of a participant."""

OUTCOMES = (MEAN, *SCORES)

SCHOOL_TYPES = ("federal", "estadual", "municipal", "privada")
"""Administrative dependence of the school (``TP_DEPENDENCIA_ADM_ESC`` 1-4)."""

REPORTED_SCHOOL_TYPES = ("publica", "mista", "privada")
"""What participants say of where they attended secondary school (``Q027``, ``Q047``, ``Q035``)."""

MODELS = ("pooled", "school_type", "income", "school_type_income")

PRIVATE = "privada"
PUBLIC = ("federal", "estadual", "municipal", "publica")
"""Types on the two sides of the private-public gap; ``mista`` (part private) is on neither."""
