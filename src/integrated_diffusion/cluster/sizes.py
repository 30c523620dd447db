"""How much memory values need: by that dask decides what a worker moves to its disk, and where a task runs.

It takes an object that it does not know for some fifty bytes, among them scipy's sparse arrays.
"""

from __future__ import annotations

from typing import Any

import scipy.sparse as sp
from dask.sizeof import sizeof


class Sized:
    """A value whose size is that of what it holds."""

    def __sizeof__(self) -> int:
        """Return the number of bytes, those of its attributes included."""
        return int(object.__sizeof__(self)) + sum(map(sizeof, vars(self).values()))


def size_of_sparse_array(array: Any) -> int:
    """Return the number of bytes of a sparse array."""
    return int(array.data.nbytes + array.indices.nbytes + array.indptr.nbytes)


for kind in (sp.csr_array, sp.csc_array):
    sizeof.register(kind, size_of_sparse_array)
