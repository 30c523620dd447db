"""Views of the same samples with their names, and what an integration of them found: the value that files hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.views.containers import MeasuredViews
from integrated_diffusion.views.samples import SampleSet
from integrated_diffusion.views.validation import View


@dataclass(frozen=True)
class Place:
    """Where a view is stored.

    Attributes
    ----------
    file : pathlib.Path
        The file.
    inside : str, default ""
        The path within an HDF5 file (`mod/rna/X`), the name of an array, or nothing for files of one table.
    """

    file: Path
    inside: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.inside}" if self.inside else str(self.file)


@dataclass(frozen=True, eq=False)
class Results:
    """What an integration of several views found.

    Attributes
    ----------
    record : mapping
        Parameters, steps, entropy curves and version: nested mappings of numbers, text, lists and arrays.
    view_weights : numpy.ndarray of shape (n_samples, n_views)
        Per-sample weights of the views, from 0 to 1, a column a view in the order of `record["views"]`; 0 throughout
        for a view that takes no steps.
    integrated_operator : IntegratedOperator or None, default None
        The integrated operator `J` with the views' operators that it is made of. Files keep the views' affinities,
        from which `J` is made again.
    embedding : numpy.ndarray of shape (n_samples, n_components) or None, default None
        Diffusion coordinates; `None` where they were not read.
    phate : numpy.ndarray of shape (n_samples, 2) or (n_samples, 3) or None, default None
        Coordinates for pictures; `None` where they were not read.
    reference : mapping or None, default None
        What places new samples, by view: see `model.stored_reference`; `None` where it was not read.
    connectivities, distances : scipy.sparse.csr_array of shape (n_samples, n_samples) or None, default None
        Weighted graph of the neighbours in the embedding and their distances, as scanpy has them: no diagonal,
        `n_neighbors` entries in each row of `distances`. `None` where they were not read.

    Raises
    ------
    ValueError
        If they are of different numbers of samples.
    """

    record: Mapping[str, Any]
    view_weights: np.ndarray
    integrated_operator: IntegratedOperator | None = None
    embedding: np.ndarray | None = None
    phate: np.ndarray | None = None
    connectivities: sp.csr_array | None = None
    distances: sp.csr_array | None = None
    reference: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        for name in ("embedding", "phate", "connectivities", "distances"):
            check_rows(name, getattr(self, name), len(self.view_weights))


@dataclass(frozen=True)
class Dataset:
    """Several views of the same samples, with their names, as read from files.

    Attributes
    ----------
    views : dict of str to array of shape (n_measured, n_features)
        Measured values by view, a row for each sample that the view has measured, in the order of `sample_names`. Empty
        where a file was read without values.
    sample_names : list of str
        One name a sample; `sample0`, `sample1`, ... if the files have none.
    feature_names : dict of str to list of str
        One name a feature, by view.
    feature_types : dict of str to (str or None)
        What the file says the features are (`Gene Expression`, `Peaks`), by view; `representation` for coordinates
        out of `obsm`; `None` if it says nothing.
    places : dict of str to Place
        Where each view was read.
    source : tuple of pathlib.Path
        The files.
    format : str
        Their format: `h5mu`, `h5ad`, `npz`, `npy`, `csv`, `tsv`, `10x`, or several joined by `+`.
    results : Results or None, default None
        What an integration of the views found.
    measured : dict of str to numpy.ndarray of bool, shape (n_samples,), default {}
        By view, which samples it has measured; without views that have measured all.
    annotations : dict of str to mapping, default {}
        By view, other names of its features, such as `gene_ids`.
    kept : dict of str to numpy.ndarray of int, default {}
        By view, the columns of its file that were kept; without views all features of which were.

    Raises
    ------
    ValueError
        If the results are of another number of samples.
    """

    views: dict[str, View]
    sample_names: list[str]
    feature_names: dict[str, list[str]]
    feature_types: dict[str, str | None]
    places: dict[str, Place]
    source: tuple[Path, ...]
    format: str
    results: Results | None = None
    measured: dict[str, np.ndarray] = field(default_factory=dict)
    annotations: dict[str, Mapping[str, list[str]]] = field(default_factory=dict)
    kept: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def measured_views(self) -> MeasuredViews:
        """The views, and which samples each has measured."""
        n_samples = len(self.sample_names)
        masks = {name: self.measured.get(name, np.ones(n_samples, dtype=bool)) for name in self.views}
        return MeasuredViews(self.views, SampleSet(n_samples, masks, tuple(self.sample_names)), {})

    def names_in(self, view: str) -> list[str]:
        """Return the names of the samples that a view has measured."""
        if view not in self.measured:
            return self.sample_names
        return [name for name, there in zip(self.sample_names, self.measured[view], strict=True) if there]

    def __post_init__(self) -> None:
        if self.results is not None:
            check_rows("view_weights", self.results.view_weights, len(self.sample_names))

    def with_results(self, results: Results) -> Dataset:
        """Return the same dataset with what an integration of its views found.

        Parameters
        ----------
        results : Results
            What was found.
        """
        return replace(self, results=results)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {len(features)}" for name, features in self.feature_names.items())
        return f"{len(self.sample_names)} samples from {self.format}; features: {sizes}"


def check_rows(name: str, values: Any, n_samples: int) -> None:
    """Raise `ValueError` unless an array, if there is one, has a row for each sample."""
    if values is not None and values.shape[0] != n_samples:
        raise ValueError(f"{name}: expected {n_samples} rows, found {values.shape}; give one row a sample name")
