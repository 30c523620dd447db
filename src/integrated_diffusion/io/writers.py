"""Results to files: into a copy of the MuData they came from, or arrays beside a readable record."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import scipy.sparse as sp
from anndata.io import write_elem

from integrated_diffusion.io.guards import check_output, opened_hdf5, replacing
from integrated_diffusion.io.hdf5 import index_names

NEIGHBORS_KEY = "integrated"
"""What scanpy calls the graph: `sc.tl.leiden(adata, neighbors_key="integrated")`."""


@dataclass(frozen=True)
class Results:
    """What a run found, for files.

    Attributes
    ----------
    sample_names
        One name a sample.
    embedding
        Diffusion coordinates, `(n_samples, n_components)`.
    phate
        Coordinates for pictures, `(n_samples, 2)` or `(n_samples, 3)`.
    connectivities, distances
        Weighted graph of the joint neighbours and their distances, `(n_samples, n_samples)`, as scanpy has them: no
        diagonal, `n_neighbors` entries in each row of `distances`.
    trust
        How far each view is trusted at each sample, from 0 to 1, a column a view in the order of `record["views"]`,
        `(n_samples, n_views)`; 0 throughout for a view that takes no steps.
    record
        Parameters, steps, entropy curves and version: nested mappings of numbers, text, lists and arrays.
    """

    sample_names: Sequence[str]
    embedding: np.ndarray
    phate: np.ndarray
    connectivities: sp.csr_array
    distances: sp.csr_array
    trust: np.ndarray
    record: Mapping[str, Any]

    def __post_init__(self) -> None:
        n_samples = len(self.sample_names)
        for name in ("embedding", "phate", "connectivities", "distances", "trust"):
            shape = getattr(self, name).shape
            if shape[0] != n_samples:
                raise ValueError(f"{name}: expected {n_samples} rows, found {shape}; give one row a sample name")

    @property
    def n_neighbors(self) -> int:
        """Neighbours of a sample, itself excluded."""
        return int(np.diff(self.distances.indptr).max(initial=0))


def check_results_output(output: str | Path, inputs: Iterable[str | Path]) -> Path:
    """Check that results can be written, before the work that leads to them.

    Parameters
    ----------
    output
        `.npz`; or `.h5mu` if the input was one `.h5mu`, which may be the same file.
    inputs
        The files that the views are read from.

    Returns
    -------
    pathlib.Path
        The output.

    Raises
    ------
    FileNotFoundError, PermissionError, ValueError
        If its folder does not exist or cannot be written to, its suffix is another, or it would replace measured
        values. All of them are ValueErrors.
    """
    output, sources = Path(output), [Path(path) for path in inputs]
    from_mudata = len(sources) == 1 and sources[0].suffix.lower() == ".h5mu"
    if output.suffix.lower() == ".h5mu" and not from_mudata:
        raise ValueError(
            f"{output}: expected .npz, as only results of one .h5mu can be added to a .h5mu, found inputs "
            f"{', '.join(source.name for source in sources)}; name the output .npz"
        )
    check_output(output, [".h5mu", ".npz"] if from_mudata else [".npz"])
    if output.suffix.lower() != ".h5mu" and output.resolve() in [source.resolve() for source in sources]:
        raise ValueError(
            f"{output}: expected an output beside the input, found the input itself, whose values would be lost; "
            "choose another name"
        )
    return output


def write_results(results: Results, output: str | Path, source: Sequence[Path]) -> tuple[Path, ...]:
    """Write results in the form that the output's suffix names.

    Parameters
    ----------
    results
        What was found.
    output
        As in `check_results_output`.
    source
        The files that the views were read from.

    Returns
    -------
    tuple of pathlib.Path
        The files written: the output, and the `.json` beside an `.npz`.

    Raises
    ------
    ValueError
        If the output cannot be written; nothing is left of it then.
    """
    output = check_results_output(output, source)
    if output.suffix.lower() == ".h5mu":
        write_h5mu(results, output, source[0])
        return (output,)
    write_npz(results, output)
    return (output, output.with_suffix(".json"))


def write_h5mu(results: Results, output: Path, source: Path) -> None:
    """Copy a MuData file and add results to the copy; everything else in it stays as it was.

    Parameters
    ----------
    results
        What was found, rows in the MuData's order.
    output
        The file to write; `source` itself may be replaced.
    source
        The MuData file that was read.

    Raises
    ------
    ValueError
        If the samples are not those of `source`, or the output cannot be written.
    """
    with opened_hdf5(source) as file:
        if index_names(file["obs"]) != list(results.sample_names):
            raise ValueError(
                f"{source}: expected the samples of the results in their order, found others; read the file again"
            )
    with replacing(output) as temporary:
        shutil.copyfile(source, temporary)
        with h5py.File(temporary, "r+") as file:
            for group, elements in _elements(results).items():
                for name, element in elements.items():
                    write_elem(mapping_group(file, group), name, element)


def write_npz(results: Results, output: Path) -> None:
    """Write arrays to `.npz` (no pickles) and the record to a `.json` beside it.

    The graphs are kept by their parts, `connectivities_data`, `connectivities_indices`, `connectivities_indptr` and the
    same for `distances`: `scipy.sparse.csr_array((data, indices, indptr))` makes them whole.

    Raises
    ------
    ValueError
        If the output cannot be written.
    """
    arrays = {
        "embedding": results.embedding,
        "phate": results.phate,
        "trust": results.trust,
        "sample_names": np.array(list(results.sample_names), dtype=np.str_),
    }
    for name in ("connectivities", "distances"):
        graph = getattr(results, name)
        arrays |= {f"{name}_{part}": getattr(graph, part) for part in ("data", "indices", "indptr")}
    # The record takes its place first: where there are arrays, there is their record.
    with replacing(output) as temporary, replacing(output.with_suffix(".json")) as record:
        record.write_text(readable_json(results.record) + "\n", encoding="utf-8")
        with temporary.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)


def readable_json(value: Any, indent: str = "") -> str:
    """JSON with one key a line and every list on its line; what is not finite becomes `null`."""
    value = plain(value)
    if not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    deeper = indent + "  "
    lines = [f"{deeper}{json.dumps(key)}: {readable_json(inner, deeper)}" for key, inner in value.items()]
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def plain(value: Any) -> Any:
    """A record in JSON's own types: numbers, text, lists, dictionaries and `None`; anything else by its name."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | bool | int) else str(value)


def mapping_group(file: h5py.File, path: str) -> h5py.Group:
    """A group that anndata reads as a mapping, made if it is missing."""
    if path not in file:
        write_elem(file, path, {})
    return file[path]


def _elements(results: Results) -> dict[str, dict[str, Any]]:
    """What goes into the MuData, by group."""
    connectivities, distances = f"{NEIGHBORS_KEY}_connectivities", f"{NEIGHBORS_KEY}_distances"
    neighbors = {
        "connectivities_key": connectivities,
        "distances_key": distances,
        # scanpy counts the sample itself, and takes the coordinates a UMAP starts from by `use_rep`.
        "params": {
            "n_neighbors": results.n_neighbors + 1,
            "method": "umap",
            "metric": "euclidean",
            "use_rep": "X_integrated",
        },
    }
    return {
        "obsm": {
            "X_integrated": results.embedding,
            "X_integrated_phate": results.phate,
            "integrated_trust": results.trust,
        },
        "obsp": {connectivities: sp.csr_matrix(results.connectivities), distances: sp.csr_matrix(results.distances)},
        "uns": {"integrated_diffusion": _for_hdf5(results.record), NEIGHBORS_KEY: neighbors},
    }


def _for_hdf5(value: Any) -> Any:
    """A record in types that every anndata reads: `None` as text, lists as arrays, keys without slashes."""
    if isinstance(value, Mapping):
        return {str(key).replace("/", "_"): _for_hdf5(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "fiub":
        return value
    if isinstance(value, np.ndarray | list | tuple):
        items = plain(value)
        kinds = {type(item) for item in items}
        return (
            np.array(items)
            if kinds <= {int, float} or (len(kinds) == 1 and kinds <= {str, bool})
            else json.dumps(items)
        )
    return value if isinstance(value, str | bool | int | float) else str(value)
