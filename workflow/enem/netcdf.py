"""Trees of data sets as NetCDF-4 files, written and read straight through HDF5.

NetCDF-4 is HDF5 with dimension scales ("Interoperability with HDF5" in the NetCDF User's Guide),
and xarray and ArviZ open these files as any other.  Their own way looks each variable and dimension
up many times over, which costs several times as much.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np
import xarray as xr

from enem.atomic import write_bytes

TEXT = h5py.string_dtype()


def write_tree(tree: xr.DataTree, path: Path, provenance: Mapping[str, object]) -> None:
    """Write groups of coordinates and variables, and what made them.

    Parameters
    ----------
    tree
        Groups below the root hold arrays of numbers, truth values or text; a dimension without a
        coordinate gets one, which counts from 0.
    path
        Nothing is left of it when writing fails.
    provenance
        Becomes attributes of the root: text, and all else as JSON.
    """
    in_memory = {"driver": "core", "backing_store": False}
    with h5py.File(path.name, "w", track_order=True, **in_memory) as file:
        texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in provenance.items()}
        file.attrs.update(texts)
        for name, child in tree.children.items():
            _write(child.to_dataset(), file.create_group(name, track_order=True))
        file.flush()
        write_bytes(file.id.get_file_image(), path)


def _write(dataset: xr.Dataset, group: h5py.Group) -> None:
    bare = [dim for dim in dataset.dims if dim not in dataset.coords]
    dataset = dataset.assign_coords({dim: np.arange(dataset.sizes[dim]) for dim in bare})
    for name, coordinate in dataset.coords.items():
        _create(group, str(name), coordinate.to_numpy()).make_scale(str(name))
    for name, variable in dataset.data_vars.items():
        array = _create(group, str(name), variable.to_numpy())
        for axis, dim in enumerate(variable.dims):
            array.dims[axis].attach_scale(group[str(dim)])


def _create(group: h5py.Group, name: str, values: np.ndarray) -> h5py.Dataset:
    if values.dtype.kind in "UO":
        return group.create_dataset(name, data=values.astype(object), dtype=TEXT)
    if values.dtype != bool:
        return group.create_dataset(name, data=values)
    array = group.create_dataset(name, data=values.astype(np.int8))
    # NetCDF has no truth values; this is xarray's mark for numbers that stand for them
    array.attrs["dtype"] = "bool"
    return array


def read_tree(path: Path) -> xr.DataTree:
    """Read a file of `write_tree` into memory."""
    with h5py.File(path) as file:
        groups = {name: _dataset(group) for name, group in file.items()}
        return xr.DataTree.from_dict(groups | {"/": xr.Dataset(attrs=dict(file.attrs))})


def _dataset(group: h5py.Group) -> xr.Dataset:
    return xr.Dataset({name: (_dims(array), _values(array)) for name, array in group.items()})


def _dims(array: h5py.Dataset) -> list[str]:
    """Return the names of an array's dimensions; one that is a scale is its own."""
    if array.is_scale:
        return [array.name.rpartition("/")[2]]
    return [dim[0].name.rpartition("/")[2] for dim in array.dims]


def _values(array: h5py.Dataset) -> np.ndarray:
    if h5py.check_string_dtype(array.dtype):
        return array.asstr()[...].astype(str)
    values = array[...]
    return values.astype(bool) if array.attrs.get("dtype") == "bool" else values
