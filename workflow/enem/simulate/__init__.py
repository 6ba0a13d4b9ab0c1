"""A made release in INEP's exact 2017 dialect, with a known truth: no network, no real person."""

from enem.simulate.release import simulate_release

__all__ = ["simulate_release"]
