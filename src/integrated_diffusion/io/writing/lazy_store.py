"""Results on a cluster, written chunk by chunk into an AnnData in zarr, which appears whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from integrated_diffusion.io import keys
from integrated_diffusion.io.writing.chunks import ARRAY_ENCODING
from integrated_diffusion.io.writing.outputs import check_output
from integrated_diffusion.io.writing.partial import growing


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
    import pandas as pd
    import zarr
    from anndata.io import write_elem

    with growing(output, None) as partial:
        root = zarr.open_group(str(partial.file), mode="w", zarr_format=2)
        root.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
        write_elem(root, "obs", pd.DataFrame(index=pd.Index(samples, dtype=object)))
        write_elem(root, "var", pd.DataFrame(index=pd.Index([], dtype=object)))
        for name in ("layers", "varm", "obsm", "obsp", "varp"):
            write_elem(root, name, {})
        for name, array in {keys.EMBEDDING: embedding, **(layers or {})}.items():
            _store(root["obsm"], name, array)
        write_elem(root, "uns", {keys.RECORD: dict(record)})
        zarr.consolidate_metadata(root.store)
    return output


def _store(group: Any, name: str, array: Any) -> None:
    """Write a dask array, in chunks of one size, as a store has them, so that no two workers write into one."""
    import dask.array as da

    rows = max(array.chunks[0])
    stored = group.create_array(
        name,
        shape=array.shape,
        chunks=(rows, array.shape[1]),
        dtype=array.dtype,
        fill_value=0.0,
        chunk_key_encoding={"name": "v2", "separator": "."},
    )
    stored.attrs.update(ARRAY_ENCODING)
    da.store(
        array.rechunk((rows, -1)), stored, lock=False
    )  # by the scheduler of the client, where anndata takes threads
