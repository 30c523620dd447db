"""A `.loom` of loompy or Velocyto, genes in rows and cells in columns, copied into an AnnData file."""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp
from anndata.io import write_elem

from integrated_diffusion.io.declared_size import check_size
from integrated_diffusion.io.heaps import check_heaps

CELL_NAMES = ("CellID", "obs_names", "cell_names", "cell_id", "barcode", "Cell")
GENE_NAMES = ("Gene", "var_names", "gene_names", "gene_name", "Accession", "gene_id")
_BLOCK = 16 * 2**20  # values at once


def copy_loom(path: Path, copy: Path) -> None:
    """Write the content of a `.loom` into an `.h5ad`: matrix and layers as sparse ones with cells in rows.

    Parameters
    ----------
    path : pathlib.Path
        The `.loom`.
    copy : pathlib.Path
        The `.h5ad` to make.

    Raises
    ------
    ValueError
        If it is damaged or no `.loom`, or does not fit into memory.
    """
    check_heaps(path)
    try:
        with h5py.File(path, "r") as file, h5py.File(copy, "w") as into:
            _check_loom(file, path)
            n_genes, n_cells = file["matrix"].shape
            into.attrs["encoding-type"], into.attrs["encoding-version"] = "anndata", "0.1.0"
            write_elem(into, "X", _cells_in_rows(file["matrix"], f"{path}:matrix"))
            write_elem(into, "obs", _table(file["col_attrs"], n_cells, CELL_NAMES, f"{path}:col_attrs"))
            write_elem(into, "var", _table(file["row_attrs"], n_genes, GENE_NAMES, f"{path}:row_attrs"))
            layers = {name: _cells_in_rows(found, f"{path}:{name}") for name, found in file.get("layers", {}).items()}
            write_elem(into, "layers", layers)
    except (OSError, KeyError, TypeError, RuntimeError) as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0].strip("'\". ")
        raise ValueError(
            f"{path}: expected a whole .loom, found one that cannot be read ({said}); copy or write it again"
        ) from error


def _check_loom(file: h5py.File, path: Path) -> None:
    lacking = [name for name in ("matrix", "row_attrs", "col_attrs") if name not in file]
    if lacking or not isinstance(file["matrix"], h5py.Dataset) or file["matrix"].ndim != 2:
        raise ValueError(
            f"{path}: expected a .loom (with 'matrix', 'row_attrs' and 'col_attrs'), found "
            f"{', '.join(map(repr, list(file)[:8])) or 'nothing'}; name the file by its format, such as .h5ad"
        )


def _cells_in_rows(matrix: h5py.Dataset, where: str) -> sp.csr_matrix:
    """The transposed matrix, sparse; some cells at a time are dense."""
    check_size(matrix.dtype.itemsize * math.prod(matrix.shape), where, matrix.id.get_storage_size())
    n_genes, n_cells = matrix.shape
    step = max(1, _BLOCK // max(1, n_genes))
    parts = [sp.csr_array(matrix[:, start : start + step].T) for start in range(0, n_cells, step)]
    return sp.csr_matrix(sp.vstack(parts, format="csr"))


def _table(attributes: h5py.Group, n_rows: int, names: Collection[str], where: str) -> pd.DataFrame:
    """Attributes of one value a row as a table, indexed by the first of some columns that names the rows."""
    columns = {
        name: found[()] for name, found in attributes.items() if found.shape[:1] == (n_rows,) and found.ndim == 1
    }
    texts = {
        name: np.array([text.decode() if isinstance(text, bytes) else str(text) for text in values], dtype=object)
        if values.dtype.kind in "OSU"
        else values
        for name, values in columns.items()
    }
    index = next((name for name in names if name in texts), None)
    if index is None:
        raise ValueError(
            f"{where}: expected names in one of {', '.join(names)}, found {', '.join(texts) or 'nothing'}; add one"
        )
    chosen = pd.Index(texts[index].astype(str))
    return pd.DataFrame({name: values for name, values in texts.items() if name != index}, index=chosen)
