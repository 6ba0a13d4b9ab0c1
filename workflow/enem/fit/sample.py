"""Run NUTS on a built model: nutpie, or PyMC's own sampler."""

import logging
from typing import Any

import numpy as np
import pymc as pm
import xarray as xr

from enem.fit.nuts import SamplerSettings, nutpie, run_nutpie
from enem.fit.pymc_model import build_model
from enem.models.cells import CellGrid
from enem.models.priors import Prior
from enem.models.specification import Specification

logger = logging.getLogger("enem")


class CompiledModel:
    """The models with the same groups, compiled once and sampled on as many cells as wanted.

    Parameters
    ----------
    by_school_type
        Whether groups are school types, or one group holds everybody.
    grid
        Cells of any data set; fixes nothing but the labels.
    priors
        By parameter name, points.
    settings
        Sampler settings.
    """

    def __init__(
        self,
        by_school_type: bool,
        grid: CellGrid,
        priors: dict[str, Prior],
        settings: SamplerSettings,
    ) -> None:
        self.settings = settings
        self._model = build_model(by_school_type, grid, priors)
        self._compiled = (
            nutpie.compile_pymc_model(self._model) if settings.engine == "nutpie" else None
        )

    def sample(self, spec: Specification, grid: CellGrid, cores: int) -> xr.DataTree:
        """Draw the scales of one model given `grid`.

        Parameters
        ----------
        spec
            A model whose groups are those compiled for.
        grid
            Cells with the labels' shape of the compiled model.
        cores
            Chains that run at once.

        Returns
        -------
        xarray.DataTree
            Groups ``posterior`` (chain, draw, ...), with ``sigma`` and `spec.scales`, and
            ``sample_stats``.
        """
        data = spec.data(grid)
        arrays = {"n": data.n, "mean": data.mean, "ss": data.ss, "x": data.x}
        arrays["deviations"] = np.float64(spec.deviation_scale is not None)
        if self._compiled is None:
            drawn = self._sample_pymc(arrays, cores)
        else:
            drawn = run_nutpie(self._compiled.with_data(**arrays), self.settings, cores)
        kept = drawn["posterior"].to_dataset()[["sigma", *spec.scales]]
        return xr.DataTree.from_dict(
            {"posterior": kept, "sample_stats": drawn["sample_stats"].to_dataset()}
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
