"""Leading singular vectors of any walk, by products alone: what its maps are made of."""

from __future__ import annotations

import numpy as np
from scipy.linalg import svd
from scipy.sparse.linalg import ArpackError, svds

from integrated_diffusion.operators import Operator
from integrated_diffusion.parallel import one_blas_thread
from integrated_diffusion.spectrum import SMALL, leading_subspace
from integrated_diffusion.validation import check_count


def leading_coordinates(walk: Operator, n_components: int, random_state: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the trivial component and the leading ones: left singular vectors and their values, largest first.

    Parameters
    ----------
    walk
        Any walk.
    n_components
        Number of components.
    random_state
        Seed of the solver's start vector.

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
    start = rng.standard_normal(walk.n_samples)
    size = 4 * k if 4 * k < walk.n_samples else None  # wide where there is room, the solver's own choice where not
    try:
        U, s, _ = svds(walk.as_linear_operator(), k, v0=start, ncv=size, solver="arpack", tol=1e-8, maxiter=50 * k)
    except ArpackError:
        return _leading_left_by_blocks(walk, k, rng)
    order = np.argsort(-s, kind="stable")
    return U[:, order], s[order]


def _leading_left_by_blocks(walk: Operator, k: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The same from a block Krylov space, which holds as many vectors of one value as a block is wide.

    A graph of many pieces has the value one once a piece, and a space grown from a single vector breaks down on it.
    """
    n_blocks = max(1, min(16, walk.n_samples // k - 1))
    Q = leading_subspace(lambda block: walk @ (walk.T @ block), walk.n_samples, k, n_blocks, rng, block_size=k)
    _, s, W = svd((walk.T @ Q), full_matrices=False)
    return Q @ W.T, s
