"""Files to measured views, rows matched by the names of the samples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from integrated_diffusion.io.files import check_input
from integrated_diffusion.io.hdf5 import H5ad, H5mu, TenX
from integrated_diffusion.io.measured import Measured, Part, closest
from integrated_diffusion.io.reading.tables import Npy, Npz, Table
from integrated_diffusion.views.containers import as_views
from integrated_diffusion.views.names import match_rows
from integrated_diffusion.views.validation import View, as_view


class Source(Protocol):
    """A file that holds views. A new format is one more such class, and a line in `FORMATS`."""

    def __init__(self, path: Path) -> None: ...

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def format(self) -> str:
        """Short name of the format."""

    def places(self) -> list[str]:
        """Everything in the file that can be a view."""

    def default(self) -> list[str]:
        """The places that are read if none is named."""

    def sample_names(self) -> list[str] | None:
        """Names of the samples in the file's own order, if it has names."""

    def read(self, place: str) -> Part:
        """Read one view."""


FORMATS: dict[str, type[Source]] = {
    ".h5mu": H5mu,
    ".h5ad": H5ad,
    ".h5": TenX,
    ".npz": Npz,
    ".npy": Npy,
    ".csv": Table,
    ".tsv": Table,
}
"""What reads a file, by its suffix."""


def read(paths: str | Path | Iterable[str | Path], where: Mapping[str, str] | None = None) -> Measured:
    """Read views of the same samples.

    Parameters
    ----------
    paths
        One or more files: `.h5mu`, `.h5ad`, 10x `.h5`, `.npz`, `.npy`, `.csv`, `.tsv`. Files with names of samples
        can be mixed.
    where
        The views to read, by name: `{"rna": "rna:layers/counts", "atac": "atac:obsm/X_lsi"}`. A place is a modality
        (`rna`, the same as `rna:X`), a file without its suffix, or the name of an array, with the matrix in it after
        a colon. By default every modality, file or array is a view.

    Returns
    -------
    Measured
        Raw values, whose rows are in the order of the first file (the whole MuData's order for `.h5mu`).

    Raises
    ------
    FileNotFoundError
        If a file does not exist.
    ValueError
        If a file cannot be read or is of another format, a place does not exist, the samples differ between views or
        repeat, or the values are no views (see `as_views`).
    TypeError
        If values are not numbers.
    """
    sources = _open([paths] if isinstance(paths, str | Path) else paths)
    offered = _offered(sources)
    if where is None:
        wanted = {place.removesuffix(":X"): place for source in sources for place in source.default()}
    else:
        wanted = {str(name): str(place) for name, place in where.items()}
    parts: dict[str, Part] = {}
    first: Source | None = None
    for name, place in wanted.items():
        source, resolved = _resolve(place, offered)
        parts[name] = source.read(resolved)
        first = first or source
    names = _names(parts, first.sample_names() if first else None)
    whole = first.path.name if first else ""
    views = as_views({name: _ordered(name, part, names, whole) for name, part in parts.items()})
    n_samples = next(iter(views.values())).shape[0]
    return Measured(
        views=views,
        sample_names=names if names is not None else [f"sample{i}" for i in range(n_samples)],
        feature_names={name: _feature_names(part, views[name]) for name, part in parts.items()},
        feature_types={name: part.feature_type for name, part in parts.items()},
        places={name: part.place for name, part in parts.items()},
        source=tuple(source.path for source in sources),
        format="+".join(dict.fromkeys(source.format for source in sources)),
    )


def _open(paths: Iterable[str | Path]) -> list[Source]:
    sources: list[Source] = []
    for path in map(Path, paths):
        check_input(path)
        if path.suffix.lower() not in FORMATS:
            raise ValueError(
                f"{path}: expected a file of format {', '.join(FORMATS)}, found '{path.suffix or 'no suffix'}'; "
                "convert it to one of these"
            )
        sources.append(FORMATS[path.suffix.lower()](path))
    if not sources:
        raise ValueError("expected at least one file, found none; name the files to read")
    return sources


def _offered(sources: Sequence[Source]) -> dict[str, Source]:
    """All places of all files, each of which must lead to one file."""
    offered: dict[str, Source] = {}
    for source in sources:
        for place in source.places():
            if place in offered:
                raise ValueError(
                    f"expected names that tell views apart, found '{place}' in {offered[place].path} and in "
                    f"{source.path}; rename one of the files"
                )
            offered[place] = source
    return offered


def _resolve(place: str, offered: Mapping[str, Source]) -> tuple[Source, str]:
    for candidate in (place, f"{place}:X"):
        if candidate in offered:
            return offered[candidate], candidate
    raise ValueError(
        f"expected a view at '{place}', found {closest(place, list(offered))}; name one of the places that exist"
    )


def _names(parts: Mapping[str, Part], own_order: list[str] | None) -> list[str] | None:
    """Names of the samples, in the order of the first file, if the files have names."""
    named = {name: part.sample_names is not None for name, part in parts.items()}
    if any(named.values()) and not all(named.values()):
        raise ValueError(
            f"expected sample names in every file or in none, found names for '{_first(named, True)}' but not for "
            f"'{_first(named, False)}'; save both with names, as .csv or .h5ad"
        )
    return own_order if all(named.values()) else None


def _first(flags: Mapping[str, bool], wanted: bool) -> str:
    return next(name for name, flag in flags.items() if flag == wanted)


def _ordered(name: str, part: Part, names: list[str] | None, whole: str) -> View:
    """A part's values, checked, its rows in the order of `names`, those of the file `whole`."""
    X = as_view(part.values, name)
    if names is None or part.sample_names is None:
        return X
    if len(part.sample_names) != X.shape[0]:
        raise ValueError(
            f"view '{name}': expected one sample name a row, found {len(part.sample_names)} names for {X.shape[0]} "
            f"rows in {part.place}; write the file again"
        )
    rows = match_rows(names, part.sample_names, f"'{whole}'", f"'{name}'")
    return X if rows is None else X[rows]


def _feature_names(part: Part, X: View) -> list[str]:
    """The file's names, or numbers."""
    names = part.feature_names if part.feature_names is not None else np.arange(X.shape[1])
    return [str(name) for name in names]
