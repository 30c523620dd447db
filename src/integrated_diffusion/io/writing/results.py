"""Results to files: into a copy of the MuData they came from, or arrays beside a readable record."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import mudata
import numpy as np
import pandas as pd

from integrated_diffusion.io import keys
from integrated_diffusion.io.dataset import Dataset, Results
from integrated_diffusion.io.elements import check_element
from integrated_diffusion.io.files import opened_hdf5
from integrated_diffusion.io.foreign import as_hdf5, stored_kind
from integrated_diffusion.io.frames import index_names
from integrated_diffusion.io.hdf5 import encoding_of
from integrated_diffusion.io.mudata_settings import nullable_strings, own_columns
from integrated_diffusion.io.writing.assemble import as_mudata, in_order, modality_of
from integrated_diffusion.io.writing.checked import write_checked
from integrated_diffusion.io.writing.mapping import mapping_group
from integrated_diffusion.io.writing.mudata_elements import mudata_elements, outdated
from integrated_diffusion.io.writing.mudata_output import MUDATA_SUFFIXES, replacing_mudata
from integrated_diffusion.io.writing.outputs import Beside, check_output, placed_before, replacing
from integrated_diffusion.io.writing.record_types import readable_json


def check_results_output(output: str | Path, inputs: Iterable[str | Path]) -> Path:
    """Check that results can be written, before the computation that leads to them.

    Parameters
    ----------
    output : str or pathlib.Path
        `.npz`; or `.h5mu` or `.zarr`, which may be the input itself if that is one MuData.
    inputs : iterable of str or pathlib.Path
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
    check_output(output, [*MUDATA_SUFFIXES, ".npz"])
    adds = _is_mudata(output) and _is_one_mudata(sources)
    if not adds and output.resolve() in [source.resolve() for source in sources]:
        raise ValueError(
            f"{output}: expected an output beside the input, found the input itself, whose values would be lost; "
            "choose another name"
        )
    return output


def check_keeps_all(dataset: Dataset, output: Path) -> None:
    """Raise `ValueError` if features that were left out would be lost because the output replaces the input."""
    if dataset.kept and output.resolve() in [source.resolve() for source in dataset.source]:
        raise ValueError(
            f"{output}: expected an output beside the input, found the input itself, which would lose the features "
            "that --exclude leaves out; choose another name"
        )


def files_of(output: Path) -> tuple[Path, ...]:
    """Files that `write_results` writes for an output: it, and the record beside an `.npz`."""
    return (output,) if _is_mudata(output) else (output, output.with_suffix(".json"))


def write_results(dataset: Dataset, output: str | Path, beside: Beside | None = None) -> tuple[Path, ...]:
    """Write results in the form that the output's suffix names.

    A `.h5mu` or `.zarr` is a MuData, which holds the measured values too: it is a copy of the one that they were read
    from, but for samples and features that were left out, or made of them.
    What an earlier integration left in it is removed, and so are values that were denoised by it.

    Parameters
    ----------
    dataset : Dataset
        The views as they were read, with the results of their integration.
    output : str or pathlib.Path
        As in `check_results_output`.
    beside : Beside or None, default None
        Other outputs of the run, see `placed_before`.

    Returns
    -------
    tuple of pathlib.Path
        The files written: the output, the `.json` beside an `.npz`, and the others.

    Raises
    ------
    ValueError
        If there are no results, or the output cannot be written; nothing is left of it then.
    """
    output = check_results_output(output, dataset.source)
    if dataset.results is None:
        raise ValueError(f"{output}: expected a dataset with results, found none; integrate its views first")
    check_keeps_all(dataset, output)
    if not _is_mudata(output):
        _write_npz(dataset.results, dataset.sample_names, output, beside or {})
        return *files_of(output), *(beside or {})
    with replacing_mudata(output, beside) as temporary:
        _copy_measured(dataset, temporary)
        with h5py.File(temporary, "r+") as file:
            _add(file, dataset.results, dataset.sample_names)
            _drop_outdated(file["mod"], {place.inside for place in dataset.places.values()})
    return output, *(beside or {})


def _add(file: h5py.File, results: Results, sample_names: Sequence[str]) -> None:
    for group, found in mudata_elements(results, sample_names).items():
        inside = mapping_group(file, group)
        for name in filter(keys.is_of_one_operator, list(inside)):
            del inside[name]
        _add_to(file, group, found)


def _add_to(file: h5py.File, group: str, elements: Mapping[str, Any]) -> None:
    inside = mapping_group(file, group)
    with nullable_strings():
        for name, element in elements.items():
            write_checked(inside, name, _named_like(file["obs"], element))


def _named_like(obs: h5py.Group, element: Any) -> Any:
    """A table with its names in the type of those in `obs`: anndata takes names of another type for other names."""
    names = obs.get(str(obs.attrs.get("_index")))
    if not isinstance(element, pd.DataFrame) or names is None or encoding_of(names) != "nullable-string-array":
        return element
    return element.set_axis(pd.Index(pd.array(list(element.index), dtype="string")), axis=0)


def _drop_outdated(modalities: h5py.Group, read: set[str]) -> None:
    """Remove denoised values, which are those of one integrated operator."""
    for modality, cells in modalities.items():
        for group, key in outdated(modality, cells.get("uns", {}), read):
            if group in cells and key in cells[group]:
                del cells[group][key]


def _copy_measured(dataset: Dataset, temporary: Path) -> None:
    """Put what was measured into a `.h5mu`; everything in a `.h5mu` that it came from is copied.

    Coordinates of the whole that were a view become a modality, as views of other files do.
    """
    if not _is_one_mudata(dataset.source):
        _write(as_mudata(dataset), temporary)
        return
    source = dataset.source[0]
    with opened_hdf5(source) as file:
        whole, wanted = index_names(file["obs"]), list(dataset.sample_names)
        if whole != wanted:
            check_element(file)
    left_out = _left_out(dataset)
    of_the_whole = [view for view, place in dataset.places.items() if place.inside.startswith("obsm/")]
    if whole == wanted and not left_out and not of_the_whole:
        shutil.copyfile(as_hdf5(source), temporary)
        return
    if [name for name in whole if name in set(wanted)] != wanted:
        raise ValueError(
            f"{source}: expected the samples of the results in their order, found others; read the file again"
        )
    with own_columns(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about older files
        data = mudata.read_h5mu(as_hdf5(source))
        data = _with_modalities(in_order(_without(data, left_out), wanted), dataset, of_the_whole)
    _write(data, temporary)


def _with_modalities(data: mudata.MuData, dataset: Dataset, views: Sequence[str]) -> mudata.MuData:
    """The same with some views as modalities beside its own."""
    for view in views:
        data.mod[view] = modality_of(dataset, view)
    if views:
        data.update()
    return data


def _left_out(dataset: Dataset) -> dict[str, np.ndarray]:
    """Columns of modalities that are not kept; columns of coordinates stay where they are."""
    found = {}
    for view, kept in dataset.kept.items():
        if not dataset.places[view].inside.startswith("mod/"):
            continue  # coordinates of the whole
        _, modality, inside = dataset.places[view].inside.split("/", 2)
        if inside == "X" or inside.startswith("layers/"):
            with opened_hdf5(dataset.places[view].file) as file:
                n_columns = len(index_names(file[f"mod/{modality}/var"]))
            found[modality] = np.setdiff1d(np.arange(n_columns), kept)
    return found


def _without(data: mudata.MuData, left_out: Mapping[str, np.ndarray]) -> mudata.MuData:
    """The same without some features of its modalities."""
    keep = np.ones(data.n_vars, dtype=bool)
    for modality, columns in left_out.items():
        keep &= ~np.isin(np.asarray(data.varmap[modality]).ravel(), columns + 1)  # 0 for those of other modalities
    if keep.all():
        return data
    with own_columns(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return data[:, keep].copy()


def _write(data: mudata.MuData, temporary: Path) -> None:
    temporary.unlink()  # mudata recognises a format by the suffix, and refuses an empty file
    with nullable_strings(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about mudata's own manner of writing
        data.write(temporary)


def _is_mudata(output: Path) -> bool:
    return output.suffix.lower() in MUDATA_SUFFIXES


def _is_one_mudata(sources: Sequence[Path]) -> bool:
    return len(sources) == 1 and stored_kind(sources[0]) == ".h5mu"


def _write_npz(results: Results, sample_names: Sequence[str], output: Path, beside: Beside) -> None:
    """Write arrays to `.npz` (no pickles) and the record to a `.json` beside it.

    The graphs are kept by their parts, `connectivities_data`, `connectivities_indices`, `connectivities_indptr` and the
    same for `distances`: `scipy.sparse.csr_array((data, indices, indptr))` makes the whole matrix.
    """
    arrays = {
        "embedding": results.embedding,
        "phate": results.phate,
        "view_weights": results.view_weights,
        "sample_names": np.array(list(sample_names), dtype=np.str_),
    }
    if keys.RUN in results.record:
        arrays[keys.RUN] = np.array([results.record[keys.RUN]], dtype=np.str_)
    for name in ("connectivities", "distances"):
        graph = getattr(results, name)
        arrays |= {f"{name}_{part}": getattr(graph, part, None) for part in ("data", "indices", "indptr")}
    there = {name: values for name, values in arrays.items() if values is not None}
    # The record and what else there is are put in place first, so that arrays never stand there without them.
    with replacing(output) as temporary, replacing(output.with_suffix(".json")) as record, placed_before(beside):
        record.write_text(readable_json(results.record) + "\n", encoding="utf-8")
        with temporary.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **there)
