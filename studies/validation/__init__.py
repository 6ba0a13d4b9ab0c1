"""Does the library compute the posterior that it says?  Four studies that could show otherwise.

``python -m studies.validation calibration|recovery|references|implementations`` runs one,
``mutations`` breaks the library on purpose and wants every study to fail, ``all`` runs them all.
Results go to ``docs/validation/`` and are summarised in ``docs/validation.md``.
"""
