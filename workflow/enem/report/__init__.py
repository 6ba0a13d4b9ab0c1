"""The page of one state: artefacts in, one self-contained HTML file in two languages out.

``artefacts`` reads; ``findings``, ``sample``, ``estimates``, ``maximum``, ``verdicts``,
``checklist`` and ``reproduction`` select what is shown.  ``profiles`` computes what the interactive
chart shows, ``explore`` chooses what of it may be shown, ``profile_tables`` and ``chart_data`` hand
it over, and ``chart`` specifies its drawing.  ``phrases`` carries numbers with their source,
``locale`` holds the message catalogues, ``templates`` the page.  No sentence is written in Python.
"""
