"""Sections of the pages: each a folder with what it computes and its template."""
