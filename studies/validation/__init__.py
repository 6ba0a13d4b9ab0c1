"""Does the library compute the posterior that it says?  Studies that could show otherwise.

``python -m studies.validation NAME`` runs one of ``calibration``, ``joint``, ``recovery``,
``coverage``, ``stuck``, ``references`` and ``implementations``; ``mutations`` breaks the library on
purpose and wants every mutation to make a study fail; ``all`` runs them all.
Results go to ``docs/validation/`` and are summarised in ``docs/validation.md``.
"""
