"""Leading singular vectors of any walk, by products alone: what its maps are made of."""

from __future__ import annotations

import numpy as np
from scipy.linalg import qr, svd

from integrated_diffusion.operators import Operator, ReorderedOperator
from integrated_diffusion.runtime.threads import one_blas_thread
from integrated_diffusion.spectrum import SMALL, leading_eigenspace, precision_for
from integrated_diffusion.views.checks import check_count


def leading_coordinates(walk: Operator, n_components: int, random_state: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the trivial component and the leading ones: left singular vectors and their values, largest first.

    Parameters
    ----------
    walk
        Any walk.
    n_components
        Number of components.
    random_state
        Seed of the solver's first block.

    Returns
    -------
    vectors : numpy.ndarray of shape (n_samples, n_components + 1), float64
    values : numpy.ndarray of shape (n_components + 1,)

    Raises
    ------
    ValueError
        If there are not more than `n_components + 1` samples.
    """
    check_count(n_components, "n_components")
    if walk.n_samples < n_components + 2:
        raise ValueError(
            f"n_components: expected at most {walk.n_samples - 2} for {walk.n_samples} samples, found "
            f"{n_components}; ask for fewer components"
        )
    with one_blas_thread():
        return _leading_left(walk, n_components + 1, random_state)


def _leading_left(walk: Operator, k: int, random_state: int) -> tuple[np.ndarray, np.ndarray]:
    """Leading left singular vectors and values, largest first."""
    if walk.n_samples <= SMALL:
        U, s, _ = svd(walk.toarray())
        return U[:, :k], s[:k]
    rng = np.random.default_rng(random_state)
    apply = ReorderedOperator(walk @ walk.T, k)
    precision = precision_for(walk.n_samples)
    U = apply.unpermute(
        leading_eigenspace(apply, walk.n_samples, k, rng, precision.tolerance, workspace=apply.workspace)
    )
    # The values come from the images themselves: their squares would lose those far below the first.
    (R,) = qr(precision.of(walk.T.__matmul__, apply.workspace)(U), mode="r", overwrite_a=True, check_finite=False)
    _, s, W = svd(R[:k])
    return U @ W.T, s
