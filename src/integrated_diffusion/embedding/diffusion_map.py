"""Diffusion map of any walk, by products alone (Coifman and Lafon 2006; paper, section 2.10)."""

from __future__ import annotations

import numpy as np
from scipy.linalg import svd
from scipy.sparse.linalg import ArpackError, svds

from integrated_diffusion.embedding.signs import fix_signs
from integrated_diffusion.operators import Operator
from integrated_diffusion.parallel import one_blas_thread
from integrated_diffusion.spectrum import SMALL, leading_subspace
from integrated_diffusion.steps import choose_power
from integrated_diffusion.validation import check_count


def diffusion_map(
    operator: Operator, n_components: int = 20, power: int | str = 1, random_state: int = 0
) -> np.ndarray:
    """Embed the samples by the leading singular vectors of `J^p`, times their singular values.

    The Euclidean distance of two rows is the distance of their walks' outcomes, `|J^p_i - J^p_j|`, up to the
    components left out. The first component, nearly constant since a walk leaves constants alone, is dropped; signs
    are fixed.

    Parameters
    ----------
    operator
        The walk `J`: one view's operator or any product or sum.
    n_components
        Number of coordinates.
    power
        How often the walk is repeated, `p`, or `"entropy"`.
    random_state
        Seed of the solver's start vector.

    Returns
    -------
    numpy.ndarray of shape (n_samples, n_components), float64

    Raises
    ------
    ValueError
        If there are not more than `n_components + 1` samples.

    Examples
    --------
    >>> from integrated_diffusion.graph import diffusion_operator
    >>> P = diffusion_operator(np.linspace(0, 1, 100)[:, None])
    >>> ends = diffusion_map(P, n_components=2)[[0, -1], 0]
    >>> bool(ends[0] * ends[1] < 0)
    True
    """
    check_count(n_components, "n_components")
    if operator.n_samples < n_components + 2:
        raise ValueError(
            f"n_components: expected at most {operator.n_samples - 2} for {operator.n_samples} samples, found "
            f"{n_components}; ask for fewer components"
        )
    walk = operator ** choose_power(operator, power, random_state)
    with one_blas_thread():
        U, s = _leading_left(walk, n_components + 1, random_state)
    return fix_signs(U[:, 1:] * s[1:])


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
