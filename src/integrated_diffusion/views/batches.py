"""Batches: which donor, run or laboratory each sample comes from, and the views whose neighbours are balanced by it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from integrated_diffusion.views.checks import check_known
from integrated_diffusion.views.names import match_rows
from integrated_diffusion.views.samples import SampleSet

LEAST_SAMPLES = 4
"""Samples of the smallest batch: fewer do not tell how far apart the samples of a batch are."""


@dataclass(frozen=True, eq=False)
class Batches:
    """The batch of every sample.

    Attributes
    ----------
    codes : numpy.ndarray of int, shape (n_samples,)
        Number of each sample's batch.
    names : tuple of str
        Name of each batch, sorted.
    views : tuple of str
        Views in which neighbours are sought in every batch; the batch effect of other views is left as it is.
    column : str, default ''
        Where the labels came from, empty where they were given as such.

    Examples
    --------
    >>> Batches(np.array([0, 1, 1]), ("first", "second"), ("rna",))
    Batches(first 1, second 2 samples; balanced in rna)
    """

    codes: np.ndarray = field(repr=False)
    names: tuple[str, ...]
    views: tuple[str, ...]
    column: str = ""

    @property
    def sizes(self) -> np.ndarray:
        """Number of samples of each batch, `(n_batches,)`."""
        return np.bincount(self.codes, minlength=len(self.names))

    @property
    def labels(self) -> np.ndarray:
        """Name of each sample's batch, `(n_samples,)`."""
        return np.array(self.names)[self.codes]

    def at(self, rows: np.ndarray) -> Batches:
        """Return the batches of some samples.

        Parameters
        ----------
        rows : numpy.ndarray of int or bool
            Row numbers, or a mask of shape `(n_samples,)`.
        """
        return replace(self, codes=self.codes[rows])

    @property
    def in_words(self) -> str:
        """Each batch with its number of samples, and the views."""
        sizes = ", ".join(f"{name} {size:,}" for name, size in zip(self.names, self.sizes, strict=True))
        return f"{sizes} samples; balanced in {', '.join(self.views)}"

    def __repr__(self) -> str:
        return f"Batches({self.in_words})"


def batches_of(
    batch: Any,
    samples: SampleSet,
    batch_views: Collection[str] | Mapping[str, bool] | None = None,
    column: str = "",
) -> Batches | None:
    """Return the batches that labels of the samples stand for; `None` where there are no two of them.

    Parameters
    ----------
    batch : array-like of shape (n_samples,), pandas.Series or None
        A label for each sample, in the order of the samples; a series by name, where the samples have names.
    samples : SampleSet
        The samples and their views.
    batch_views : collection of str, mapping of str to bool or None, default None
        Views in which neighbours are balanced over the batches, by name, or by view whether they are; all unless given.
    column : str, default ''
        Where the labels came from.

    Raises
    ------
    TypeError
        If the labels, or the names of views, are one text.
    ValueError
        If there is not one label for each sample, a label is missing, a batch is too small, there is no such view, or
        views are named without batches.
    """
    views = tuple(samples.measured)
    balanced = _balanced(batch_views, views)
    if batch is None:
        if batch_views is not None:
            raise ValueError(
                "batch_views: expected batches to balance, found none; give a label for each sample as batch"
            )
        return None
    labels = _labels(batch, samples)
    names, codes = np.unique(labels, return_inverse=True)
    if len(names) < 2:
        return None
    found = Batches(codes, tuple(map(str, names)), balanced, column)
    smallest = int(found.sizes.argmin())
    if found.sizes[smallest] < LEAST_SAMPLES:
        raise ValueError(
            f"batch '{found.names[smallest]}': expected at least {LEAST_SAMPLES} samples, found "
            f"{found.sizes[smallest]}; join small batches, or leave their samples out"
        )
    return found


def _balanced(batch_views: Collection[str] | Mapping[str, bool] | None, views: tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(batch_views, str):
        raise TypeError(f"batch_views: expected a list of names, found {batch_views!r}; write ['{batch_views}']")
    if batch_views is None:
        return views
    check_known(list(batch_views), views, "batch_views")
    chosen = {name for name in batch_views if not isinstance(batch_views, Mapping) or batch_views[name]}
    return tuple(name for name in views if name in chosen)


def _labels(batch: Any, samples: SampleSet) -> np.ndarray:
    """Labels as text, in the order of the samples."""
    if isinstance(batch, str):
        raise TypeError(
            f"batch: expected a label for each sample, found the text {batch!r}; a column is named for a MuData alone"
        )
    if isinstance(batch, pd.Series) and samples.names is not None and not isinstance(batch.index, pd.RangeIndex):
        rows = match_rows(samples.names, list(map(str, batch.index)), "the views", "batch")
        batch = batch if rows is None else batch.iloc[rows]
    labels = pd.Series(np.asarray(batch, dtype=object).ravel() if np.ndim(batch) == 1 else [], dtype=object)
    if np.shape(batch) != (samples.n_samples,):
        raise ValueError(
            f"batch: expected a label for each of {samples.n_samples} samples, found an array of shape "
            f"{np.shape(batch)}; give one label for each sample, in their order"
        )
    n_missing = int(labels.isna().sum())
    if n_missing:
        raise ValueError(
            f"batch: expected a label for every sample, found {n_missing} without one; name their batch, or leave them "
            "out"
        )
    return np.asarray(labels.astype(str))
