"""Whether values that are not whole are logarithms of counts, over which no recipe for counts may be laid again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.views.checks import is_whole
from integrated_diffusion.views.validation import View

_MOST = 30.0  # no logarithm of a count is larger; the base-2 logarithm of a thousand million is 30
_BASES = (1.0, float(np.log(2)), float(np.log(10)))  # natural, base 2 and base 10, as factors of the exponent
_SPREAD = 10.0  # 90% over 10% quantile of depths; exponentials of counts spread over many orders of magnitude
_WHOLE = 1e-3  # relative tolerance of a whole multiple, in single precision
_SHARE_OF_SAMPLES = 0.8  # others may lack a count of one among the features that are left
_LEAST_MULTIPLES = 20  # values above a sample's smallest one, without which multiples say nothing
_LEAST_OF_A_SAMPLE = 2  # such values of a sample that is looked at
_CONSTANT = 1e-3  # relative deviation of sums that were scaled to one depth
_BLOCK = 1_000_000  # values at once


def are_logarithms(X: View) -> bool:
    """Whether values look like `log(1 + x)` of counts `x` that may have been scaled to one depth.

    Taken back, `exp(x) - 1`, they add up to depths of the same order of magnitude in all samples, which exponentials of
    counts do not. Values that add up to one sum in every sample were scaled, but no logarithm was taken.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        Values of zero or more, some of which are not whole.
    """
    if _largest(X) > _MOST or _are_constant(np.asarray(X.sum(axis=1, dtype=np.float64))):
        return False
    return _spread(_depths(X, 1.0)) <= _SPREAD or are_surely_logarithms(X)


def are_surely_logarithms(X: View) -> bool:
    """Whether values cannot but be logarithms of counts: taken back, they are multiples of one count, or scaled.

    In nearly every sample `exp(x) - 1` is then the smallest one times a whole number, while the values themselves are
    not; or all samples add up to one depth.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        Any values.
    """
    if _smallest(X) < 0 or _largest(X) > _MOST or is_whole(X) or X.shape[0] < 2:
        return False
    if _are_multiples(X, None) or _are_constant(np.asarray(X.sum(axis=1, dtype=np.float64))):
        return False
    return any(_are_multiples(X, base) or _are_constant(_depths(X, base)) for base in _BASES)


def check_no_logarithms(X: View, name: str, recipe: str) -> None:
    """Raise `ValueError` if a recipe for counts is to be laid over logarithms of counts.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        Measured values.
    name : str
        What to call the view in messages.
    recipe : str
        Name of the recipe.
    """
    if are_surely_logarithms(X):
        raise ValueError(
            f"view '{name}': expected counts for the recipe '{recipe}', found logarithms of counts; give the raw "
            "counts, or the recipe 'none', which takes the values as they are"
        )


def _depths(X: View, base: float) -> np.ndarray:
    """Sum of `exp(base x) - 1` of each sample, `(n_samples,)`."""
    return np.concatenate([np.asarray(_taken_back(part, base).sum(axis=1)) for part in _parts(X)])


def _taken_back(X: View, base: float) -> View:
    if isinstance(X, np.ndarray):
        return np.expm1(base * X.astype(np.float64))
    return sp.csr_array((np.expm1(base * X.data.astype(np.float64)), X.indices, X.indptr), shape=X.shape)


def _are_multiples(X: View, base: float | None) -> bool:
    """Whether in nearly all samples the values, taken back unless `base` is `None`, are multiples of the smallest."""
    n_whole = n_samples = n_values = 0
    for part in _parts(X):
        sparse = sp.csr_array(part if base is None else _taken_back(part, base), dtype=np.float64)
        sparse.eliminate_zeros()
        sparse = sparse[np.diff(sparse.indptr) > 0]
        if not sparse.nnz:
            continue
        starts = sparse.indptr[:-1]
        multiples = sparse.data / np.repeat(np.minimum.reduceat(sparse.data, starts), np.diff(sparse.indptr))
        is_whole_one = np.abs(multiples - np.rint(multiples)) <= _WHOLE * multiples
        n_above = np.add.reduceat(multiples > 1.5, starts, dtype=int)
        tells = n_above >= _LEAST_OF_A_SAMPLE
        n_whole += int(np.logical_and.reduceat(is_whole_one, starts)[tells].sum())
        n_samples, n_values = n_samples + int(tells.sum()), n_values + int(n_above[tells].sum())
    return n_values >= _LEAST_MULTIPLES and n_whole >= _SHARE_OF_SAMPLES * n_samples


def _parts(X: View) -> Iterator[View]:
    size = X.size if isinstance(X, np.ndarray) else max(X.nnz, 1)
    rows = max(1, _BLOCK * X.shape[0] // size)
    for start in range(0, X.shape[0], rows):
        yield X[start : start + rows]


def _spread(depths: np.ndarray) -> float:
    low, high = np.quantile(depths[depths > 0], [0.1, 0.9]) if (depths > 0).any() else (1.0, 1.0)
    return float(high / low)


def _are_constant(sums: np.ndarray) -> bool:
    return bool(np.ptp(sums) <= _CONSTANT * np.abs(sums).max())


def _largest(X: View) -> float:
    return float((X if isinstance(X, np.ndarray) else X.data).max(initial=0))


def _smallest(X: View) -> float:
    return float((X if isinstance(X, np.ndarray) else X.data).min(initial=0))
