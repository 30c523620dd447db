"""An order of the samples that depends on their own values, not on the rows in which they came.

Whatever is drawn at random among samples is drawn in this order, so that the same samples in other rows get the same
splits, and with them the same model.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.views.prepared import AnyView, PreparedView
from integrated_diffusion.views.samples import SampleSet
from integrated_diffusion.views.validation import View

_BLOCK = 1_000_000  # values that are hashed at once
_SEED = 20_210_311  # of the multipliers; any will do, as long as it stays


def sample_order(views: Mapping[str, AnyView], samples: SampleSet) -> np.ndarray:
    """Return the numbers of the samples, `(n_samples,)`, in the order of a hash of their measured values.

    Samples of the same values are in the order of their names, or of their rows if they have none.

    Parameters
    ----------
    views : mapping of str to array or PreparedView
        Measured values by view, `(n_measured, n_features)`; the order of the views does not matter.
    samples : SampleSet
        The samples, and which of them each view has measured.
    """
    keys = np.zeros(samples.n_samples, dtype=np.uint64)
    for name, view in views.items():
        X = view.raw if isinstance(view, PreparedView) else view
        keys[samples.measured[name]] += keys_of(row_hashes(X), name)
    order = np.argsort(keys, kind="stable")
    if samples.names is not None and (np.diff(keys[order]) == 0).any():
        order = np.lexsort((np.array(samples.names), keys))
    return order


def keys_of(hashes: np.ndarray, view: str) -> np.ndarray:
    """Return what a view adds to the keys by which its samples are ordered, from the hashes of their rows."""
    return _mixed(hashes + np.uint64(zlib.crc32(view.encode())))


def row_hashes(X: View) -> np.ndarray:
    """Return a hash of the values of each row, uint64; that of a sparse row is that of the same row made dense.

    The sum, modulo 2^64, of the bits of every value (as float64) times a random odd number of its column.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        Values.
    """
    multipliers = np.random.default_rng(_SEED).integers(0, 2**63, X.shape[1], dtype=np.uint64) * np.uint64(2)
    multipliers += np.uint64(1)
    n_samples, n_values = X.shape[0], X.size if isinstance(X, np.ndarray) else X.nnz
    rows = max(1, _BLOCK * n_samples // max(n_values, 1))
    return np.concatenate([_bits_of(X[i : i + rows]) @ multipliers for i in range(0, n_samples, rows)])


def order_among(order: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Return the order of some of the samples, numbered anew.

    Parameters
    ----------
    order : numpy.ndarray of int, shape (n_samples,)
        Numbers of all samples in their order.
    kept : numpy.ndarray of bool, shape (n_samples,)
        Which samples to keep.
    """
    return np.asarray((np.cumsum(kept) - 1)[order[kept[order]]])


def in_order_of_values(X: View) -> tuple[View, np.ndarray]:
    """Return the rows in the order of their hashes, and where each row of `X` stands among them.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        Values.
    """
    order = np.argsort(row_hashes(X), kind="stable")
    return X[order], np.argsort(order)


def _bits_of(X: View) -> np.ndarray | sp.csr_array:
    if isinstance(X, np.ndarray):
        return _bits(X)
    return sp.csr_array((_bits(X.data), X.indices, X.indptr), shape=X.shape)


def _bits(values: np.ndarray) -> np.ndarray:
    """The bits of float64 values, the high half folded onto the low one, which small whole numbers leave empty."""
    bits = (values.astype(np.float64) + 0.0).view(np.uint64)  # -0 becomes 0
    bits ^= bits >> np.uint64(32)
    return bits


def _mixed(keys: np.ndarray) -> np.ndarray:
    """Spread every bit over all others (the finaliser of SplitMix64; Steele, Lea and Flood 2014)."""
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))
