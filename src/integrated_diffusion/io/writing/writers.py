"""Results to files: into a copy of the MuData they came from, or arrays beside a readable record."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from anndata.io import write_elem

from integrated_diffusion.io import keys
from integrated_diffusion.io.files import opened_hdf5
from integrated_diffusion.io.hdf5 import index_names
from integrated_diffusion.io.measured import Measured
from integrated_diffusion.io.writing.assemble import as_mudata
from integrated_diffusion.io.writing.mudata_elements import Results, elements, outdated, plain
from integrated_diffusion.io.writing.outputs import check_output, replacing


def check_results_output(output: str | Path, inputs: Iterable[str | Path]) -> Path:
    """Check that results can be written, before the work that leads to them.

    Parameters
    ----------
    output
        `.npz`, or `.h5mu`, which may be the input itself if that is one `.h5mu`.
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
    check_output(output, [".h5mu", ".npz"])
    adds = output.suffix.lower() == ".h5mu" and _is_one_mudata(sources)
    if not adds and output.resolve() in [source.resolve() for source in sources]:
        raise ValueError(
            f"{output}: expected an output beside the input, found the input itself, whose values would be lost; "
            "choose another name"
        )
    return output


def write_results(results: Results, output: str | Path, measured: Measured) -> tuple[Path, ...]:
    """Write results in the form that the output's suffix names.

    A `.h5mu` holds the measured values too: it is a copy of the `.h5mu` that they were read from, or made of them.
    What an earlier walk left in it goes, values that were denoised along it too.

    Parameters
    ----------
    results
        What was found.
    output
        As in `check_results_output`.
    measured
        The views as they were read.

    Returns
    -------
    tuple of pathlib.Path
        The files written: the output, and the `.json` beside an `.npz`.

    Raises
    ------
    ValueError
        If the output cannot be written; nothing is left of it then.
    """
    output = check_results_output(output, measured.source)
    if output.suffix.lower() == ".h5mu":
        with replacing(output) as temporary:
            _copy_measured(measured, list(results.sample_names), temporary)
            with h5py.File(temporary, "r+") as file:
                for group, found in elements(results).items():
                    inside = mapping_group(file, group)
                    for name in filter(keys.is_of_a_walk, list(inside)):
                        del inside[name]
                    for name, element in found.items():
                        write_elem(inside, name, element)
                _drop_outdated(file["mod"], {place.inside for place in measured.places.values()})
        return (output,)
    write_npz(results, output)
    return (output, output.with_suffix(".json"))


def _drop_outdated(modalities: h5py.Group, read: set[str]) -> None:
    """Denoised values are those of one walk."""
    for modality, cells in modalities.items():
        for group, key in outdated(modality, cells.get("uns", {}), read):
            if group in cells and key in cells[group]:
                del cells[group][key]


def _copy_measured(measured: Measured, sample_names: list[str], temporary: Path) -> None:
    """Put what was measured into a `.h5mu`: everything in the one it came from, also what nobody here knows."""
    if not _is_one_mudata(measured.source):
        temporary.unlink()  # mudata tells a format by the suffix, and refuses what is empty
        whole = as_mudata(measured).write
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # how it writes is not the user's concern
            whole(temporary)
        return
    source = measured.source[0]
    with opened_hdf5(source) as file:
        if index_names(file["obs"]) != sample_names:
            raise ValueError(
                f"{source}: expected the samples of the results in their order, found others; read the file again"
            )
    shutil.copyfile(source, temporary)


def _is_one_mudata(sources: Sequence[Path]) -> bool:
    return len(sources) == 1 and sources[0].suffix.lower() == ".h5mu"


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
        "trust": results.view_weights,
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


def mapping_group(file: h5py.File, path: str) -> h5py.Group:
    """A group that anndata reads as a mapping, made if it is missing."""
    if path not in file:
        write_elem(file, path, {})
    return file[path]
