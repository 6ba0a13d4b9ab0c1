"""Keep moments in a file."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import xarray as xr

from enem.atomic import write_bytes
from enem.several.blocks import Block
from enem.several.moments import SUMS, Moments

DIMS = {
    "n": ("school_type",),
    "xx": ("school_type", "column", "other_column"),
    "xy": ("school_type", "column", "outcome"),
    "yy": ("school_type", "outcome", "other_outcome"),
}


def write_moments(moments: Moments, path: Path) -> None:
    """Write moments as NetCDF, the blocks of columns as JSON in an attribute."""
    variables = {name: (DIMS[name], getattr(moments, name)) for name in SUMS}
    variables["origin"] = (("outcome",), moments.origin)
    coords = {"school_type": list(moments.strata), "outcome": list(moments.outcomes)}
    attrs = {"blocks": json.dumps([asdict(block) for block in moments.blocks])}
    write_bytes(xr.Dataset(variables, coords, attrs).to_netcdf(engine="h5netcdf"), path)


def read_moments(path: Path) -> Moments:
    """Read a file of `write_moments`."""
    with xr.open_dataset(path, engine="h5netcdf") as opened:
        data = opened.load()
    blocks = [
        Block(**{**block, "levels": tuple(block["levels"])})
        for block in json.loads(data.attrs["blocks"])
    ]
    labels = (tuple(map(str, data[name].to_numpy())) for name in ("school_type", "outcome"))
    strata, outcomes = labels
    sums = {name: np.array(data[name], float) for name in SUMS}
    return Moments(strata, tuple(blocks), outcomes, np.array(data["origin"], float), **sums)
