"""Views that are read chunk by chunk when they are needed: AnnData and MuData in HDF5 and zarr as dask arrays."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from integrated_diffusion.io.files import MissingFileError, check_path, opened_hdf5
from integrated_diffusion.io.reading.h5mu import in_order
from integrated_diffusion.io.reading.lazy_names import LazyNames
from integrated_diffusion.io.zarr_copy import check_store
from integrated_diffusion.views.missing import DROP, REFUSE

CHUNK_BYTES = 64 * 2**20
"""Size of a chunk that is read at once."""

_SUFFIXES = (".h5ad", ".h5mu", ".zarr")


@dataclass(frozen=True, eq=False)
class LazyViews:
    """Views of the same samples as dask arrays.

    Attributes
    ----------
    views : dict of str to dask.array.Array
        By name, `(n_samples, n_features)`, in chunks of rows.
    names : LazyNames
        Names of the samples.
    groups : mapping of str to group of a store
        By name, the AnnData that a view is in.
    """

    views: dict[str, Any]
    names: LazyNames
    groups: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def samples(self) -> np.ndarray:
        """Name of each sample, read now."""
        return self.names.read()

    def features(self, view: str) -> np.ndarray:
        """Return the names of the features of a view, read now."""
        return LazyNames.of(self.groups[view]["var"]).read()

    def at(self, rows: Mapping[str, np.ndarray]) -> LazyViews:
        """Return rows of each view by number, as many of each; the names are those of the first view."""
        first = next(iter(self.views))
        names = LazyNames.of(self.groups[first]["obs"], rows[first])
        return LazyViews({name: view[rows[name]] for name, view in self.views.items()}, names, self.groups)


def read_lazily(inputs: Sequence[Path], places: Mapping[str, str] | None = None, missing: str = REFUSE) -> LazyViews:
    """Return views as dask arrays whose chunks are read when they are needed, on any machine that sees the files.

    Parameters
    ----------
    inputs : sequence of Path
        One `.h5mu` or MuData in `.zarr`, whose modalities are the views; or several `.h5ad` or AnnData in `.zarr`, one
        view each, called like their files.
    places : mapping of str to str or None, default None
        Which views to use, by name, and where each is, such as `rna:layers/counts` or `layers/counts`; all views' `X`
        unless given. An empty text is `X`.
    missing : {'refuse', 'drop'}, default 'refuse'
        What to do where samples differ: fail, or take those that all views have, in the order of the first view.

    Raises
    ------
    MissingFileError, ValueError
        If a file is missing or of another kind, a view is not there or not in rows, or samples are others.
    """
    groups = dict[str, Any]()
    for path in inputs:
        for name, group in _groups(Path(path)).items():
            if name in groups:
                raise ValueError(f"expected views of different names, found '{name}' twice; rename a file")
            groups[name] = group
    wanted = dict.fromkeys(groups, "") if places is None else dict(places)
    if not wanted:
        raise ValueError("expected at least one input, found none; name a file")
    views, held, names = dict[str, Any](), dict[str, Any](), dict[str, LazyNames]()
    for name, where in wanted.items():
        view, inside = (where, "") if where in groups else where.rpartition(":")[::2]
        view = view or name
        if view not in groups:
            raise ValueError(f"expected a view among {', '.join(map(repr, groups))}, found '{view}'; correct --view")
        views[name], held[name] = _array(groups[view], inside or "X", name), groups[view]
        names[name] = LazyNames.of(groups[view]["obs"])
    first = next(iter(names))
    found = LazyViews(views, names[first], held)
    others = [name for name in names if name != first and not names[first].equal(names[name])]
    if not others:
        return found
    if missing != DROP:
        raise ValueError(
            f"'{others[0]}': expected the same samples in the same order in every view, found others than in "
            f"'{first}'; take those that all views have by --missing drop, or integrate in memory, where samples may "
            "be missing"
        )
    return found.at(_common(names))


def _common(names: Mapping[str, LazyNames]) -> dict[str, np.ndarray]:
    """Rows of the samples that all views have, by view, in the order of the first."""
    import pandas as pd

    indices = {name: pd.Index(found.read()) for name, found in names.items()}
    for name, index in indices.items():
        if not index.is_unique:
            repeated = index[index.duplicated()][0]
            raise ValueError(
                f"'{name}': expected a name of its own for each sample, found '{repeated}' twice; correct it"
            )
    (first, *rest) = indices.values()
    common = functools.reduce(lambda kept, other: kept[kept.isin(other)], rest, first)
    if not len(common):
        raise ValueError("expected samples that all views have, found none; correct the names of the samples")
    return {name: index.get_indexer(common) for name, index in indices.items()}


def _groups(path: Path) -> dict[str, Any]:
    """The AnnData groups of a file, by view."""
    check_path(path)
    if not path.exists():
        raise MissingFileError(f"{path}: expected a file, found none; correct the path")
    if path.suffix.lower() not in _SUFFIXES:
        raise ValueError(
            f"{path}: expected {', '.join(_SUFFIXES)} to read on a cluster, found '{path.suffix}'; convert it, or "
            "integrate in memory"
        )
    root = _opened(path)
    if "mod" in root:
        return {name: root["mod"][name] for name in in_order(root["mod"])}
    if "obs" not in root:
        raise ValueError(f"{path}: expected an AnnData or MuData, found neither; write it by anndata or mudata")
    return {path.stem: root}


def _opened(path: Path) -> Any:
    if path.suffix.lower() == ".zarr":
        import zarr

        check_store(path)
        return zarr.open_group(str(path), mode="r")
    import h5py

    with opened_hdf5(path):
        pass  # it is whole, and leads to no other file
    return h5py.File(path, "r")  # closed when nothing refers to it any more


def _array(group: Any, inside: str, name: str) -> Any:
    from anndata.experimental import read_elem_lazy

    try:
        element = group[inside]
    except KeyError as error:
        raise ValueError(f"'{name}': expected values at {inside}, found none; name a place by --view") from error
    encoding = element.attrs.get("encoding-type", "array")
    if encoding == "csr_matrix":
        n_rows, n_columns = (int(size) for size in element.attrs["shape"])
        n_bytes = 12 * max(1, element["data"].shape[0] // max(n_rows, 1))
    elif encoding == "array" and len(element.shape) == 2:
        n_rows, n_columns = element.shape
        n_bytes = element.dtype.itemsize * n_columns
    else:
        raise ValueError(
            f"'{name}': expected a dense array or csr_matrix at {inside}, found {encoding}; write it as csr_matrix, in "
            "which rows can be read"
        )
    rows = int(np.clip(CHUNK_BYTES // max(n_bytes, 1), 1, n_rows))
    return read_elem_lazy(element, chunks=(rows, n_columns))
