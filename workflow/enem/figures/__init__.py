"""Figures of one analysis: tables and draws in, SVG and PNG in every language out.

``gallery`` holds the figures, one a module with its table, its drawing and its words; ``names``
says what will be written (without loading a plotting library) and what a page finds there;
``catalogue`` writes the files.  A figure is drawn and laid out once for all languages: ``words``
makes texts that know each of them, ``writing`` exchanges them.  ``style`` has the sheets that a
figure is drawn on: a page, a phone, an image to be shared.
"""
