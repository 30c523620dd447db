"""Results on a cluster, written chunk by chunk into an AnnData in zarr, which appears whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from integrated_diffusion.io import keys
from integrated_diffusion.io.writing.chunks import ARRAY_ENCODING
from integrated_diffusion.io.writing.outputs import check_output
from integrated_diffusion.io.writing.partial import growing
from integrated_diffusion.runtime.progress import Progress, silent


def check_lazy_output(output: Path, overwrite: bool) -> Path:
    """Check, before the long work, that a store can be written.

    Raises
    ------
    ValueError
        If its name does not end in `.zarr`, or something stands there and may not be replaced.
    """
    check_output(output, [".zarr"])
    if output.exists() and not overwrite:
        raise ValueError(
            f"{output}: expected an output that is not there yet, found one; choose another name, or replace it by "
            "--overwrite"
        )
    return output


def write_lazy_results(
    output: Path,
    samples: np.ndarray,
    embedding: Any,
    record: Mapping[str, Any],
    layers: Mapping[str, Any] | None = None,
) -> Path:
    """Write names of the samples, coordinates and a record, each chunk by the worker that holds it.

    Parameters
    ----------
    output : Path
        The store, seen by all workers under this path.
    samples : numpy.ndarray of str, shape (n_samples,)
        Name of each sample.
    embedding : dask.array.Array of shape (n_samples, n_components)
        Coordinates.
    record : mapping of str to object
        What is kept of the run: numbers, texts and mappings of these.
    layers : mapping of str to dask.array.Array or None, default None
        Further arrays of the samples, by name, which become entries of `obsm`.

    Returns
    -------
    Path
        The store.
    """
    from anndata.io import write_elem

    with growing(output, None) as partial:
        root = _new_store(partial.file, samples, np.empty(0, dtype=object))
        for name, array in {keys.EMBEDDING: embedding, **(layers or {})}.items():
            stored = _created(root["obsm"], name, array.shape, max(array.chunks[0]), array.shape[1], array.dtype)
            _fill(stored, array, slice(None))
        write_elem(root, "uns", {keys.RECORD: dict(record)})
        _consolidate(root)
    return output


def write_lazy_denoised(
    output: Path,
    samples: np.ndarray,
    features: np.ndarray,
    blocks: Iterable[tuple[slice, Any]],
    description: Mapping[str, Any],
    progress: Progress = silent,
) -> Path:
    """Write denoised values as `X`, some columns at a time, each chunk by the worker that holds it.

    Parameters
    ----------
    output : Path
        The store, seen by all workers under this path.
    samples, features : numpy.ndarray of str
        Their names.
    blocks : iterable of tuple of slice and dask.array.Array
        Places of columns and their values, one after the other; all but the last as wide. A block is let go when it is
        written.
    description : mapping of str to object
        How they were made.
    progress : Progress, default silent
        Called with the number of features that are done.

    Returns
    -------
    Path
        The store.
    """
    from anndata.io import write_elem

    shape, stored = (len(samples), len(features)), None
    with growing(output, None) as partial:
        root = _new_store(partial.file, samples, features)
        for place, block in blocks:
            progress("denoising", place.start, shape[1])
            if stored is None:  # the first block tells how many rows the workers hold together
                stored = _created(root, "X", shape, max(block.chunks[0]), block.shape[1], block.dtype)
            _fill(stored, block, place)
            del block  # before the next one is computed
        write_elem(root, "uns", {keys.DENOISING: dict(description)})
        _consolidate(root)
    return output


def _new_store(path: Path, samples: np.ndarray, features: np.ndarray) -> Any:
    """An AnnData without values."""
    import pandas as pd
    import zarr
    from anndata.io import write_elem

    root = zarr.open_group(str(path), mode="w", zarr_format=2)
    root.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
    write_elem(root, "obs", pd.DataFrame(index=pd.Index(samples, dtype=object)))
    write_elem(root, "var", pd.DataFrame(index=pd.Index(features, dtype=object)))
    for name in ("layers", "varm", "obsm", "obsp", "varp"):
        write_elem(root, name, {})
    return root


def _consolidate(root: Any) -> None:
    import zarr

    zarr.consolidate_metadata(root.store)


def _created(group: Any, name: str, shape: tuple[int, ...], n_rows: int, n_columns: int, dtype: np.dtype) -> Any:
    """An array in chunks of one size, as a store has them, so that no two workers write into one."""
    stored = group.create_array(
        name,
        shape=shape,
        chunks=(n_rows, n_columns),
        dtype=dtype,
        fill_value=0.0,
        chunk_key_encoding={"name": "v2", "separator": "."},
    )
    stored.attrs.update(ARRAY_ENCODING)
    return stored


def _fill(stored: Any, array: Any, columns: slice) -> None:
    """Write a dask array into columns, by the scheduler of the client, where anndata takes threads."""
    import dask.array as da

    placed = array.rechunk((stored.chunks[0], -1))
    da.store(placed, stored, regions=(slice(None), columns), lock=False)
