"""Posteriors as files."""

import json
from collections.abc import Mapping
from pathlib import Path

import xarray as xr

from enem.netcdf import write_tree


def write_posterior(tree: xr.DataTree, path: Path, provenance: Mapping[str, object]) -> None:
    """Write draws as NetCDF, with what made them in the root's attributes."""
    tree.attrs = {k: v if isinstance(v, str) else json.dumps(v) for k, v in provenance.items()}
    write_tree(tree, path)
