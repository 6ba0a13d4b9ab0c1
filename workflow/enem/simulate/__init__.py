"""A made first release in INEP's dialect of 2017, with a known truth: no real person in it."""

from enem.simulate.release import simulate_release

__all__ = ["simulate_release"]
