"""Fetch or find the zip of an edition and prove that it is whole."""

from enem.retrieve.release import retrieve_release
from enem.retrieve.sources import Source, load_sources

__all__ = ["Source", "load_sources", "retrieve_release"]
