"""Whole numbers that were read from a file, as floating-point numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp


def as_float(values: Any) -> Any:
    """Return whole numbers as float32 where that is exact, else as float64; everything else as it is.

    Parameters
    ----------
    values : array, sparse matrix or anything else
        As read from a file.
    """
    dtype = getattr(values, "dtype", None)
    if not isinstance(dtype, np.dtype) or dtype.kind not in "iub" or hasattr(values, "iloc"):
        return values
    numbers = values.data if sp.issparse(values) else values
    exact = dtype.kind == "b" or numbers.size == 0 or max(abs(int(numbers.min())), int(numbers.max())) <= 2**24
    return values.astype(np.float32 if exact else np.float64)
