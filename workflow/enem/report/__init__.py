"""The page of one state: artefacts in, one self-contained HTML file in two languages out.

``artefacts`` reads, ``findings``, ``sample``, ``estimates``, ``verdicts`` and ``reproduction``
select what is shown, ``phrases`` carries numbers with their source, ``locale`` holds the message
catalogues, ``templates`` the page.  No sentence is written in Python.
"""

from enem.report.page import build_report

__all__ = ["build_report"]
