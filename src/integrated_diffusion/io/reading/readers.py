"""Views of the same samples out of files, rows matched by the names of the samples."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from integrated_diffusion.io import keys
from integrated_diffusion.io.dataset import Dataset
from integrated_diffusion.io.feature_names import closest
from integrated_diffusion.io.files import check_input
from integrated_diffusion.io.foreign import STORES, stored_kind
from integrated_diffusion.io.reading.arrays import Npy, Npz
from integrated_diffusion.io.reading.exclusion import at_columns, kept_columns
from integrated_diffusion.io.reading.h5ad import H5ad
from integrated_diffusion.io.reading.h5mu import H5mu, is_of_the_whole
from integrated_diffusion.io.reading.mixed_outputs import warn_of_other_runs
from integrated_diffusion.io.reading.mtx_folder import is_mtx_folder, mtx_folder
from integrated_diffusion.io.reading.orientation import check_orientation
from integrated_diffusion.io.reading.tables import SUFFIXES, Table
from integrated_diffusion.io.reading.tenx import TenX
from integrated_diffusion.io.reading.view_file import StoredView, ViewFile
from integrated_diffusion.views.containers import measured_views
from integrated_diffusion.views.missing import KEEP
from integrated_diffusion.views.named import NamedValues
from integrated_diffusion.views.prepared import PreparedView
from integrated_diffusion.views.recognition import REPRESENTATION, counts_of_a_kind
from integrated_diffusion.views.validation import View, as_floats

FORMATS: dict[str, type[ViewFile]] = {
    ".h5mu": H5mu,
    ".h5ad": H5ad,
    ".h5": TenX,
    ".npz": Npz,
    ".npy": Npy,
    **dict.fromkeys(SUFFIXES, Table),
    **dict.fromkeys((f"{suffix}.gz" for suffix in SUFFIXES), Table),
}
"""What reads a file, by its suffix; stores of other programs are read as the HDF5 files of the same content."""


def read(
    paths: str | Path | Iterable[str | Path],
    where: Mapping[str, str] | None = None,
    missing: str = KEEP,
    transposed: bool = False,
    exclude: Collection[str] | None = None,
) -> Dataset:
    """Read views of the same samples.

    Parameters
    ----------
    paths : str, pathlib.Path or iterable of them
        One or more files: `.h5mu`, `.h5ad`, `.zarr` of MuData or AnnData, `.loom`, 10x `.h5` or matrix folder, `.npz`,
        `.npy`, `.csv`, `.tsv`, `.txt` (also gzipped). Files with names of samples can be mixed.
    where : mapping of str to str or None, default None
        The views to read, by name: `{"rna": "rna:layers/counts", "atac": "atac:obsm/X_lsi"}`. A place is a modality
        (`rna`, the same as `rna:X`), a file without its suffix, or the name of an array, with the matrix in it after
        a colon; `obsm/X_joint` is of the whole of one MuData. By default every modality, file or array is a view.
    missing : {'keep', 'drop', 'refuse'}, default 'keep'
        What to do about samples that a view has not measured: keep them, leave them out of every view, or fail. Samples
        are matched by name; those without names by their place, where a row of NaN was not measured, nor was a row of
        zero counts.
    transposed : bool, default False
        Whether tables of text have features in rows and samples in columns.
    exclude : collection of str or None, default None
        Features to leave out; hashtags unless given.

    Returns
    -------
    Dataset
        Raw values, whose rows are in the order of the first file (the whole MuData's order for `.h5mu`).

    Raises
    ------
    FileNotFoundError
        If a file does not exist.
    ValueError
        If a file cannot be read or is of another format, a place does not exist, views have no samples in common, names
        of samples repeat, or the values are no views (see `measured_views`).
    TypeError
        If values are not numbers.
    """
    files = _open([paths] if isinstance(paths, str | Path) else paths, transposed)
    offered = _offered(files)
    if where is None:
        wanted = {place.removesuffix(":X"): place for file in files for place in file.default()}
    else:
        wanted = dict(_with_equals(str(name), str(place), offered) for name, place in where.items())
    stored: dict[str, StoredView] = {}
    first: ViewFile | None = None
    for name, place in wanted.items():
        file, resolved = _resolve(place, offered)
        if is_of_the_whole(resolved) and f"{name}:X" in offered:
            raise ValueError(
                f"--view {name}={place}: expected a name that no modality has, found '{name}'; name these coordinates "
                f"otherwise, such as {resolved.removeprefix('obsm/')}={place}"
            )
        stored[name] = file.read(resolved)
        first = first or file
    check_orientation(stored)
    kept = kept_columns(stored, exclude)
    stored |= {name: at_columns(stored[name], columns) for name, columns in kept.items()}
    names = _names(stored, first.sample_names() if first else None)
    found = measured_views({name: _checked(name, view) for name, view in stored.items()}, missing, names)
    samples = found.samples
    views = {name: view for name, view in found.views.items() if not isinstance(view, PreparedView)}
    return Dataset(
        views=views,
        sample_names=list(samples.names or (f"sample{i}" for i in range(samples.n_samples))),
        feature_names={name: _feature_names(view, views[name]) for name, view in stored.items()},
        feature_types={name: _feature_type(name, view, views[name]) for name, view in stored.items()},
        places={name: view.place for name, view in stored.items()},
        source=tuple(file.path for file in files),
        format="+".join(dict.fromkeys(file.format for file in files)),
        kept=kept,
        annotations={name: view.annotations for name, view in stored.items()},
        measured={name: mask for name, mask in samples.measured.items() if not mask.all()},
    )


def _open(paths: Iterable[str | Path], transposed: bool) -> list[ViewFile]:
    files: list[ViewFile] = []
    for path in map(Path, paths):
        files.append(_opened(path, transposed))
    if not files:
        raise ValueError("expected at least one file, found none; name the files to read")
    return files


def _opened(path: Path, transposed: bool) -> ViewFile:
    _check_local(path)
    if is_mtx_folder(path):
        return mtx_folder(path)
    check_input(path)
    suffix = "".join(path.suffixes[-2:]).lower() if path.suffix.lower() == ".gz" else path.suffix.lower()
    suffix = stored_kind(path) if suffix in STORES else suffix
    if suffix not in FORMATS:
        unzipped = suffix.removesuffix(".gz")
        remedy = f"unzip it first, gunzip {path.name}" if unzipped in FORMATS else "convert it to one of these"
        raise ValueError(
            f"{path}: expected a file of format {', '.join((*FORMATS, *STORES))}, found '{suffix or 'no suffix'}'; "
            f"{remedy}"
        )
    warn_of_other_runs(path)
    file = FORMATS[suffix](path)
    return replace(file, transposed=transposed) if isinstance(file, Table) else file


def _check_local(path: Path) -> None:
    scheme = re.match(r"(https?|ftp|s3|gs):/", str(path))
    if scheme:
        raise ValueError(
            f"expected a file on this machine, found an address that starts with {scheme[1]}:; download it first, and "
            "give the file"
        )


def _offered(files: Sequence[ViewFile]) -> dict[str, ViewFile]:
    """All places of all files; each place must be in one file only."""
    offered: dict[str, ViewFile] = {}
    for file in files:
        for place in file.places():
            if len(files) > 1 and is_of_the_whole(place):
                continue  # several MuData may have coordinates of one name
            if place in offered:
                raise ValueError(
                    f"expected different names for different views, found '{place}' in {offered[place].path} and in "
                    f"{file.path}; rename one of the files"
                )
            offered[place] = file
    return offered


def _resolve(place: str, offered: Mapping[str, ViewFile]) -> tuple[ViewFile, str]:
    for candidate in (place, f"{place}:X", f"{place}/X"):  # `rna:raw` is `rna:raw/X`
        if candidate in offered:
            return offered[candidate], candidate
    if offered and all(known.endswith(f"obsm/{keys.EMBEDDING}") for known in offered):
        raise ValueError(
            "expected a file of views, found coordinates alone, as a run with --workers or --cluster writes them; give "
            "the files that it read, or run it in memory"
        )
    raise ValueError(
        f"expected a view at '{place}', found {closest(place, list(offered))}; name one of the places that exist"
    )


def _with_equals(name: str, place: str, offered: Mapping[str, ViewFile]) -> tuple[str, str]:
    """A name and a place, or the view itself that `--view NAME=WHERE` means if its own name has a `=`."""
    whole = f"{name}={place}"
    is_a_name = place not in offered and f"{place}:X" not in offered and f"{whole}:X" in offered
    return (whole, whole) if is_a_name else (name, place)


def _names(stored: Mapping[str, StoredView], own_order: list[str] | None) -> list[str] | None:
    """Names of the samples, in the order of the first file, if the files have names."""
    named = {name: view.sample_names is not None for name, view in stored.items()}
    if any(named.values()) and not all(named.values()):
        raise ValueError(
            f"expected sample names in every file or in none, found names for '{_first(named, True)}' but not for "
            f"'{_first(named, False)}'; save both with names, as .csv or .h5ad"
        )
    return own_order if all(named.values()) else None


def _first(flags: Mapping[str, bool], wanted: bool) -> str:
    return next(name for name, flag in flags.items() if flag == wanted)


def _checked(name: str, view: StoredView) -> Any:
    """A view's values, with the names of its samples if it has any."""
    if view.sample_names is None:
        return view.values
    n_rows = as_floats(view.values, name).shape[0]
    if len(view.sample_names) != n_rows:
        raise ValueError(
            f"view '{name}': expected one sample name a row, found {len(view.sample_names)} names for {n_rows} "
            f"rows in {view.place}; write the file again"
        )
    return NamedValues(view.values, view.sample_names)


def _feature_names(view: StoredView, X: View) -> list[str]:
    """The file's names, or numbers."""
    names = view.feature_names if view.feature_names is not None else np.arange(X.shape[1])
    return [str(name) for name in names]


def _feature_type(name: str, view: StoredView, X: View) -> str | None:
    """What the file says the features are; counts of a known kind in `obsm` are no coordinates."""
    if view.feature_type != REPRESENTATION:
        return view.feature_type
    return counts_of_a_kind(X, view.place.inside.rpartition("/")[2], name) or REPRESENTATION
