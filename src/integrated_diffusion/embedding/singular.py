"""Leading singular vectors of any operator, computed by products only."""

from __future__ import annotations

import numpy as np
from scipy.linalg import svd

from integrated_diffusion.operators import Operator, ReorderedOperator
from integrated_diffusion.runtime.threads import one_blas_thread
from integrated_diffusion.spectrum import SMALL, leading_eigenspace, precision_for
from integrated_diffusion.views.checks import check_count


def leading_coordinates(operator: Operator, n_components: int, random_state: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the trivial and the leading left singular vectors and their singular values, largest first.

    Parameters
    ----------
    operator : Operator
        Any operator.
    n_components : int
        Number of components besides the trivial one.
    random_state : int, default 0
        Seed of the solver's start block.

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
    if operator.n_samples < n_components + 2:
        raise ValueError(
            f"n_components: expected at most {operator.n_samples - 2} for {operator.n_samples} samples, found "
            f"{n_components}; ask for fewer components"
        )
    with one_blas_thread():
        return _leading_left(operator, n_components + 1, random_state)


def _leading_left(operator: Operator, k: int, random_state: int) -> tuple[np.ndarray, np.ndarray]:
    """Leading left singular vectors and values, largest first."""
    if operator.n_samples <= SMALL:
        U, s, _ = svd(operator.toarray())
        return U[:, :k], s[:k]
    rng = np.random.default_rng(random_state)
    apply = ReorderedOperator(operator @ operator.T, k)
    precision = precision_for(operator.n_samples)
    workspace = apply.workspace
    U = leading_eigenspace(apply, operator.n_samples, k, rng, precision.tolerance, workspace=workspace)
    # The values come from the images themselves: their squares would lose those far below the first.
    images = precision.of(lambda block: apply.image(operator.T, block), workspace)(U)
    _, s, W = svd(workspace.triangle(images))
    return apply.unpermute(workspace.combine(U, W.T)), s
