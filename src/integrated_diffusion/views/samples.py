"""Sample sets: which samples there are, by name or by number, and which of them each view has measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.views.names import check_unique
from integrated_diffusion.views.validation import View


@dataclass(frozen=True, eq=False)
class SampleSet:
    """Samples in one order, and for each view a mask of those that it has measured.

    Parameters
    ----------
    n_samples : int
        Number of samples.
    measured : mapping of str to numpy.ndarray of bool, shape (n_samples,)
        By view, whether each sample was measured.
    names : tuple of str or None, default None
        Name of each sample; `None` where samples are known by their place alone.

    Examples
    --------
    >>> samples = SampleSet.shared({"rna": 3, "atac": 3}, {"rna": ["a", "b", "c"]})
    >>> samples
    3 samples; measured: 3 by rna, 3 by atac
    >>> samples.places(["c", "a"])
    array([2, 0])
    """

    n_samples: int
    measured: Mapping[str, np.ndarray] = field(repr=False)
    names: tuple[str, ...] | None = field(default=None, repr=False)

    @property
    def is_complete(self) -> bool:
        """Whether every view has measured every sample."""
        return all(bool(mask.all()) for mask in self.measured.values())

    def rows(self, view: str) -> np.ndarray:
        """Return the numbers of the samples that a view has measured, in increasing order, `(n_measured,)`."""
        return np.flatnonzero(self.measured[view])

    def spread(self, view: str, values: View) -> View:
        """Return values of a view's measured samples with a row for every sample, zeros where it has not measured.

        Parameters
        ----------
        view : str
            Which view.
        values : array of shape (n_measured, n_features)
            Dense or sparse; returned as they are if the view has measured every sample.
        """
        return values if self.measured[view].all() else spread(values, self.measured[view])

    def subset(self, kept: np.ndarray) -> SampleSet:
        """Return some of the samples.

        Parameters
        ----------
        kept : numpy.ndarray of bool, shape (n_samples,)
            Which ones.
        """
        names = None if self.names is None else tuple(np.array(self.names, dtype=object)[kept])
        return SampleSet(int(kept.sum()), {view: mask[kept] for view, mask in self.measured.items()}, names)

    @classmethod
    def shared(cls, sizes: Mapping[str, int], names: Mapping[str, Sequence[str]] | None = None) -> SampleSet:
        """Return the samples of views that all measured the same ones, in the same order.

        Views whose samples have other names, or come in another order, are matched by `containers.measured_views`.

        Parameters
        ----------
        sizes : mapping of str to int
            Number of samples by view.
        names : mapping of str to sequence of str, default none
            Names of the samples in the order of the rows, for the views that came with names.

        Raises
        ------
        ValueError
            If the views have samples of other names, in another order, or other numbers of them.
        """
        names = names or {}
        _check_same_names(names)
        if len(set(sizes.values())) > 1:
            raise ValueError(
                "expected the same samples in every view, found "
                + ", ".join(f"{size} in '{name}'" for name, size in sizes.items())
                + "; keep the samples that all views have, in one order, or give data frames, which are matched by "
                "their names, or arrays with a row of NaN for every sample that was not measured"
            )
        n_samples = next(iter(sizes.values()))
        first = next((tuple(found) for found in names.values()), None)
        return cls(n_samples, {view: np.ones(n_samples, dtype=bool) for view in sizes}, first)

    def places(self, names: Sequence[str]) -> np.ndarray:
        """Return the rows of named samples, `(n_names,)`.

        Raises
        ------
        ValueError
            If the samples have no names, or one is not among them.
        """
        place = {name: row for row, name in enumerate(self.names or ())}
        unknown = [name for name in names if name not in place]
        if unknown:
            known = f"{len(place)} samples (first '{self.names[0]}')" if self.names else "samples without names"
            raise ValueError(
                f"expected names of samples, found '{unknown[0]}' and {known}; give names of the data that were fitted"
            )
        return np.array([place[name] for name in names], dtype=np.intp)

    def check_size(self, n_found: int, name: str) -> None:
        """Raise `ValueError` unless a view has a row for each sample; `name` is what to call it."""
        if n_found != self.n_samples:
            raise ValueError(
                f"view '{name}': expected the {self.n_samples} samples of the fit, found {n_found}; give the same "
                "samples in the same order"
            )

    def __repr__(self) -> str:
        by_view = ", ".join(f"{int(mask.sum()):,} by {view}" for view, mask in self.measured.items())
        return f"{self.n_samples:,} samples; measured: {by_view}"


def spread(values: View, measured: np.ndarray) -> View:
    """Return values of measured samples with a row for every sample, zeros elsewhere.

    Parameters
    ----------
    values : array of shape (n_measured, n_features)
        Dense or sparse.
    measured : numpy.ndarray of bool, shape (n_samples,)
        Which samples they are of.
    """
    if isinstance(values, np.ndarray):
        whole = np.zeros((len(measured), *values.shape[1:]), dtype=values.dtype)
        whole[measured] = values
        return whole
    lengths = np.zeros(len(measured) + 1, dtype=values.indptr.dtype)
    lengths[1:][measured] = np.diff(values.indptr)
    return sp.csr_array((values.data, values.indices, np.cumsum(lengths)), shape=(len(measured), values.shape[1]))


def _check_same_names(names: Mapping[str, Sequence[str]]) -> None:
    """Views that come with names of samples must have the same ones in the same order."""
    first_name, first = next(iter(names.items()), ("", []))
    for name, found in names.items():
        check_unique(found, f"'{name}'")
        if len(found) == len(first) and list(found) != list(first):
            row = next(i for i, pair in enumerate(zip(first, found, strict=True)) if pair[0] != pair[1])
            raise ValueError(
                f"expected the same sample names in the same order, found '{first[row]}' in '{first_name}' but "
                f"'{found[row]}' in '{name}' at row {row}; put the rows in one order, by name"
            )
