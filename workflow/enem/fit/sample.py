"""Run NUTS on a built model: nutpie, or PyMC's own sampler."""

import logging
import warnings
from dataclasses import dataclass
from typing import Any

import pymc as pm
import xarray as xr

from enem.models.cells import CellGrid
from enem.models.priors import Prior
from enem.models.specification import Specification

with warnings.catch_warnings():
    # an optional accelerator's absence is no news to somebody who asked for numba
    warnings.simplefilter("ignore")
    import nutpie

from enem.fit.pymc_model import build_model

logger = logging.getLogger("enem")


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


class CompiledModel:
    """A model compiled once, sampled on as many data sets as wanted.

    Parameters
    ----------
    spec
        Which of the four models.
    grid
        Cells of any data set; fixes nothing but the labels.
    priors
        By parameter name, points.
    settings
        Sampler settings.
    """

    def __init__(
        self,
        spec: Specification,
        grid: CellGrid,
        priors: dict[str, Prior],
        settings: SamplerSettings,
    ) -> None:
        self.spec = spec
        self.settings = settings
        self._model = build_model(spec, grid, priors)
        self._compiled = (
            nutpie.compile_pymc_model(self._model) if settings.engine == "nutpie" else None
        )

    def sample(self, grid: CellGrid, cores: int) -> xr.DataTree:
        """Draw the scales given `grid`.

        Parameters
        ----------
        grid
            Cells with the labels' shape of the compiled model.
        cores
            Chains that run at once.

        Returns
        -------
        xarray.DataTree
            Groups ``posterior`` (chain, draw, ...) and ``sample_stats``.
        """
        data = self.spec.data(grid)
        arrays = {"n": data.n, "mean": data.mean, "ss": data.ss, "x": data.x}
        if self._compiled is not None:
            return self._sample_nutpie(arrays, cores)
        return self._sample_pymc(arrays, cores)

    def _sample_nutpie(self, arrays: dict[str, Any], cores: int) -> xr.DataTree:
        s = self.settings
        return nutpie.sample(
            self._compiled.with_data(**arrays),
            draws=s.draws,
            tune=s.tune,
            chains=s.chains,
            cores=cores,
            seed=s.seed,
            target_accept=s.target_accept,
            save_warmup=False,
            progress_bar=False,
        )

    def _sample_pymc(self, arrays: dict[str, Any], cores: int) -> xr.DataTree:
        s = self.settings
        with self._model:
            pm.set_data(arrays)
            return pm.sample(
                draws=s.draws,
                tune=s.tune,
                chains=s.chains,
                cores=cores,
                random_seed=s.seed,
                target_accept=s.target_accept,
                nuts_sampler="pymc",
                progressbar=False,
                compute_convergence_checks=False,
            )
