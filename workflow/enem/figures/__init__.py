"""Figures of one analysis: tables and draws in, SVG and PNG out.

``names`` says what will be written (without loading a plotting library), ``catalogue`` reads the
artefacts and writes the files, every other module draws one figure and touches no file.
"""
