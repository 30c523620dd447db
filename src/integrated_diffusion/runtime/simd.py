"""Whether compiled loops may use vector intrinsics: they are faster, and plain numba gives the same results.

`simd_intrinsics` builds on llvmlite's interfaces, which change between releases, and on what LLVM compiles for the
processor at hand. Where it cannot be imported or compiled, or is switched off by `INTEGRATED_DIFFUSION_SIMD=0`, the
same loops run in plain numba.
"""

from __future__ import annotations

import os
import warnings
from functools import cache

from llvmlite.binding import get_host_cpu_features
from numba.core.errors import NumbaError

VARIABLE = "INTEGRATED_DIFFUSION_SIMD"
"""Environment variable that switches the intrinsics off: `0`."""

_FAILURES = (
    ImportError,  # llvmlite or a name of it is missing
    AttributeError,  # an interface has another name
    TypeError,  # an interface has other arguments
    RuntimeError,  # LLVM refuses the code
    NotImplementedError,
    NumbaError,  # numba refuses the code
)


@cache
def is_available() -> bool:
    """Return whether the vector intrinsics compile on this machine and compute what they should.

    Warns
    -----
    RuntimeWarning
        Once, if they do not although they are not switched off.
    """
    if os.environ.get(VARIABLE) == "0":
        return False
    try:
        from integrated_diffusion.runtime.simd_check import computes_correctly

        reason = "" if computes_correctly() else "wrong results"
    except _FAILURES as error:
        reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    if reason:
        warnings.warn(
            f"vector intrinsics: expected them to compile with this numba and llvmlite, found {reason}; the "
            f"results are the same but products and the neighbour search take longer; {VARIABLE}=0 silences this",
            RuntimeWarning,
            stacklevel=2,
        )
    return not reason


@cache
def has_wide_registers() -> bool:
    """Return whether this machine's vector registers are 32 of 64 bytes each (AVX-512)."""
    return bool(get_host_cpu_features().get("avx512f", False))


@cache
def has_products_of_pairs() -> bool:
    """Return whether one instruction multiplies pairs of 16-bit integers and adds the products, 16 at once (AVX2).

    Elsewhere, as on ARM, floating-point numbers are multiplied faster.
    """
    return bool(get_host_cpu_features().get("avx2", False))
