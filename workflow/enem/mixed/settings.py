"""How NUTS is run, whoever runs it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SamplerSettings:
    """The ``sampler`` section of config.yaml.

    Attributes
    ----------
    engine
        ``nutpie`` or ``pymc``.
    draws, tune, chains
        Kept draws and warm-up draws per chain, and chains.
    target_accept
        Acceptance rate that the step size is adapted to.
    seed
        Seed of the sampler and of the exact draws that follow it.
    """

    engine: str
    draws: int
    tune: int
    chains: int
    target_accept: float
    seed: int
