"""How much fits on the page: bytes of numbers before compression, which noise does not shrink."""

from __future__ import annotations

import numpy as np

BUDGET = 7_500_000
"""Bytes of packed numbers. As base64 text this is 10 MB, and with text and script a page stays below 12 MB."""
MOST_SEARCHABLE = 4_500_000
"""Bytes of features that are on the page only to be searched for, if that many are left."""

_NAME, _POINT, _FEATURE = 5, 4, 2


def per_sample(n_maps: int, n_columns: int, n_features: int, width: int = 1) -> int:
    """Bytes of one sample: its name, its place on every map, and its values, of `width` bytes each."""
    return _NAME + _POINT * n_maps + width * (n_columns + _FEATURE * n_features)


def room_for_features(n_samples: int, n_maps: int, n_columns: int) -> int:
    """How many features can be shown, measured and denoised, without leaving out samples."""
    left = BUDGET / max(n_samples, 1) - per_sample(n_maps, n_columns, 0)
    return max(0, int(left // _FEATURE))


def samples_on_page(n_samples: int, n_maps: int, n_columns: int, n_features: int) -> np.ndarray | None:
    """Return which samples are on the page: a random choice if not all of them fit, in their own order.

    Returns
    -------
    numpy.ndarray of int or None
        `None` if all fit.
    """
    most = BUDGET // per_sample(n_maps, n_columns, n_features)
    if n_samples <= most:
        return None
    return np.sort(np.random.default_rng(0).choice(n_samples, most, replace=False))
