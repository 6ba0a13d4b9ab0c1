"""Bayesian analysis of ENEM microdata, from INEP's file to a posterior.

Five lines do it from Python; they are the functions that the workflow uses:

>>> import enem
>>> table = enem.participants("microdados_enem_2019.zip", edition=2019)  # doctest: +SKIP
>>> lines = enem.model("score ~ income + (income | school_type)")
>>> fit = lines.fit(table, state="AC")  # doctest: +SKIP
>>> fit.effects()  # doctest: +SKIP

Subpackages are the stages of the way of the data: ``retrieve`` or ``simulate``, ``convert``,
``tabulate``, ``mixed`` (the model: point estimates and posterior), ``check``, ``compare``,
``figures``, ``report``, ``atlas``.  Nothing here knows of Snakemake.
"""

from importlib import import_module

# by name, so that `import enem` loads no numerical library, and no stage depends on the others'
# code through this file
_PUBLIC = {
    "Fit": "enem.api.fit",
    "InputError": "enem.errors",
    "Model": "enem.api.model",
    "Participants": "enem.api.participants",
    "model": "enem.api.model",
    "participants": "enem.api.participants",
    "simulated": "enem.api.participants",
}

__all__ = [
    "Fit",
    "InputError",
    "Model",
    "Participants",
    "model",
    "participants",
    "simulated",
]


def __getattr__(name: str) -> object:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
