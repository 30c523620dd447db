"""The spectrum of a walk: all of it for small `N`, its leading end and a quadrature of the rest for large `N`.

Everything that is asked of a spectrum here is a sum of some function over it, `sum_i f(s_i)`. Stochastic Lanczos
quadrature (Golub and Meurant 1994; Ubaru, Chen and Saad 2017) gives such sums for every `f` at once from a few dozen
products of the operator with random blocks; the leading values, which carry nearly all of the sum at many steps, are
found exactly and taken out of the random blocks beforehand (deflation).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
from scipy.linalg import eigh, svdvals
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh

from integrated_diffusion.operators import DiffusionOperator, Operator
from integrated_diffusion.validation import check_count

SMALL = 500
"""Up to this many samples a dense decomposition is made."""

_LEADING_STEPS = 16
"""Lanczos steps of a deflated vector: nearly an eigenvector, it sees its few values in as many."""

Apply = Callable[[np.ndarray], np.ndarray]
Rule = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Absolute values of a spectrum as weighted nodes: a part known for certain, the rest once for each random probe.

    Attributes
    ----------
    nodes, weights
        The certain part, shape `(n_nodes,)`; single values have weight one.
    probe_nodes, probe_weights
        Quadrature of the rest, shape `(n_probes, n_nodes)`: each probe's weights sum to the number of values left.
    """

    nodes: np.ndarray
    weights: np.ndarray
    probe_nodes: np.ndarray
    probe_weights: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> Spectrum:
        """Return a spectrum of which every value is known."""
        return cls(np.sort(np.abs(values))[::-1], np.ones(len(values)), np.empty((0, 0)), np.empty((0, 0)))

    @property
    def n_values(self) -> int:
        """Number of values, `N`."""
        return round(self.weights.sum() + (self.probe_weights[0].sum() if len(self.probe_weights) else 0))

    @property
    def largest(self) -> float:
        """The largest value."""
        return float(max(self.nodes.max(initial=0.0), self.probe_nodes.max(initial=0.0)))

    def sums(self, function: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Return `sum_i f(s_i)` as each probe alone sees it, shape `(max(1, n_probes),)`; take their mean."""
        known = float(self.weights @ function(self.nodes))
        if not len(self.probe_nodes):
            return np.array([known])
        return known + (self.probe_weights * function(self.probe_nodes)).sum(axis=1)

    def __repr__(self) -> str:
        return f"Spectrum({self.n_values} values, {len(self.probe_nodes)} probes)"


@dataclass(frozen=True)
class LanczosQuadrature:
    """How closely to look at a large spectrum.

    Parameters
    ----------
    n_probes
        Number of random vectors; the standard error falls with its square root.
    n_steps
        Lanczos steps, which is the number of nodes a vector sees.
    n_deflated
        Dimension of the leading subspace that is taken out of the probes and looked at vector by vector.
    n_blocks
        Number of blocks of the Krylov space in which that subspace is sought.
    """

    n_probes: int = 30
    n_steps: int = 50
    n_deflated: int = 64
    n_blocks: int = 8

    def __post_init__(self) -> None:
        for field in fields(self):
            check_count(getattr(self, field.name), field.name)

    def __call__(self, apply: Apply, known: np.ndarray, rng: np.random.Generator, rule: Rule | None = None) -> Spectrum:
        """Return the spectrum of a symmetric map, next to that of the eigenvectors known beforehand.

        Parameters
        ----------
        apply
            The map on blocks of `n` rows.
        known
            Orthonormal eigenvectors of value zero, shape `(n, n_known)`; they are left out.
        rng
            Draws the probes.
        rule
            From the recurrence's coefficients to nodes and weights; Gauss quadrature unless given.

        Notes
        -----
        With `Q` orthonormal, `tr f(A) = tr(Q^T f(A) Q) + tr((1 - Q Q^T) f(A) (1 - Q Q^T))` holds exactly whether or
        not `Q` is invariant under `A`; so `Q` only has to be good enough to leave little variance to the probes.
        """
        n, n_known = known.shape
        k = min(self.n_deflated, n // 8)
        Q = leading_subspace(apply, n, k, self.n_blocks, rng)
        probes = _without(np.hstack([known, Q]), rng.choice([-1.0, 1.0], size=(n, self.n_probes)))
        rule = rule or gauss
        nodes, weights = rule(*_lanczos(apply, Q, min(_LEADING_STEPS, self.n_steps)))
        probe_nodes, probe_weights = rule(*_lanczos(apply, probes, self.n_steps))
        left = n - n_known - k
        return Spectrum(np.abs(nodes).ravel(), weights.ravel(), np.abs(probe_nodes), probe_weights * left)


def eigenvalues(
    operator: Operator, quadrature: LanczosQuadrature | None = None, random_state: int | np.random.Generator = 0
) -> Spectrum:
    """Return the absolute eigenvalues of one view's walk, through its symmetric conjugate.

    Parameters
    ----------
    operator
        A `DiffusionOperator`; products have no symmetric conjugate, use `singular_values`.
    quadrature
        How closely to look above 500 samples.
    random_state
        Seed of the probes.

    Raises
    ------
    TypeError
        If the operator is not a `DiffusionOperator`.
    """
    if not isinstance(operator, DiffusionOperator):
        raise TypeError(f"eigenvalues: expected one view's DiffusionOperator, found {operator!r}; use singular_values")
    A = operator.conjugate
    if operator.n_samples <= SMALL:
        return Spectrum.of(eigh(A.toarray(), eigvals_only=True))
    # The eigenvector of value one is known to all digits; without it, its rounding would drown what little entropy
    # is left at many steps.
    trivial = np.sqrt(operator.degrees / operator.degrees.sum())[:, None]
    rest = (quadrature or LanczosQuadrature())(
        lambda block: A @ block - trivial @ (trivial.T @ block), trivial, np.random.default_rng(random_state)
    )
    return replace(rest, nodes=np.append(1.0, rest.nodes), weights=np.append(1.0, rest.weights))


def singular_values(
    operator: Operator, quadrature: LanczosQuadrature | None = None, random_state: int | np.random.Generator = 0
) -> Spectrum:
    """Return the singular values of any walk, through `J^T J`.

    Parameters
    ----------
    operator
        Any operator: one view's, or a product.
    quadrature
        How closely to look above 500 samples.
    random_state
        Seed of the probes.
    """
    if operator.n_samples <= SMALL:
        return Spectrum.of(svdvals(operator.toarray()))
    transposed = operator.T
    squares = (quadrature or LanczosQuadrature())(
        lambda block: transposed @ (operator @ block),
        np.empty((operator.n_samples, 0)),
        np.random.default_rng(random_state),
        rule=gauss_and_radau,
    )
    return Spectrum(np.sqrt(squares.nodes), squares.weights, np.sqrt(squares.probe_nodes), squares.probe_weights)


def leading_eigenpairs(
    operator: DiffusionOperator, n_pairs: int, random_state: int | np.random.Generator = 0, tolerance: float = 1e-8
) -> tuple[np.ndarray, np.ndarray]:
    """Return the eigenpairs of largest magnitude of a walk's symmetric conjugate `A`.

    Parameters
    ----------
    operator
        One view's walk.
    n_pairs
        Number of pairs.
    random_state
        Seed of the start vector.
    tolerance
        Relative accuracy of the values. In a large graph of many pieces some pairs may not reach it; the best there
        is in a Krylov space stands for them.

    Returns
    -------
    values : numpy.ndarray of shape (n_pairs,), largest magnitude first
    vectors : numpy.ndarray of shape (n_samples, n_pairs), orthonormal; the eigenvectors of `P` are `D^-1/2` times these
    """
    rng, A = np.random.default_rng(random_state), operator.conjugate
    n = operator.n_samples
    check_count(n_pairs, "n_pairs")
    n_pairs = min(n_pairs, n)
    if n <= SMALL or n_pairs >= n - 1:
        values, vectors = eigh(A.toarray())
        order = np.argsort(-np.abs(values), kind="stable")[:n_pairs]
        return values[order], vectors[:, order]
    # A Krylov space holds one vector of each eigenvalue; a graph in pieces has the value one once a piece.
    known = _vectors_of_pieces(operator, n_pairs)
    n_known = known.shape[1]
    if n_known == n_pairs:
        return np.ones(n_pairs), known

    def rest(block: np.ndarray) -> np.ndarray:
        return _without(known, A @ block)

    try:
        linear = LinearOperator(A.shape, matvec=rest, matmat=rest, dtype=np.float64)
        start = rng.standard_normal(n)
        size = min(n, max(60, 4 * (n_pairs - n_known)))  # wide, because values near one crowd in a long thin graph
        values, vectors = eigsh(linear, n_pairs - n_known, which="LM", v0=start, ncv=size, tol=tolerance, maxiter=100)
    except ArpackError:
        vectors = leading_subspace(rest, n, n_pairs - n_known, n_blocks=20, rng=rng)
        values = np.einsum("ij,ij->j", vectors, A @ vectors)
    order = np.argsort(-np.abs(values), kind="stable")
    return np.append(np.ones(n_known), values[order]), np.hstack([known, vectors[:, order]])


def _vectors_of_pieces(operator: DiffusionOperator, most: int) -> np.ndarray:
    """Orthonormal eigenvectors of value one: one for each connected piece of the graph, the largest pieces first."""
    _, piece = connected_components(operator.kernel, directed=False)
    volume = np.bincount(piece, weights=operator.degrees)
    largest = np.argsort(-volume, kind="stable")[:most]
    return np.sqrt(operator.degrees)[:, None] * (piece[:, None] == largest) / np.sqrt(volume[largest])


def leading_subspace(
    apply: Apply, n: int, n_dimensions: int, n_blocks: int, rng: np.random.Generator, block_size: int | None = None
) -> np.ndarray:
    """Return an orthonormal basis of (nearly) the leading eigenspace, the best in a block Krylov space.

    Parameters
    ----------
    apply
        A symmetric map on blocks of `n` rows.
    n, n_dimensions
        Its size, and the dimension of the subspace.
    n_blocks
        Number of blocks of the Krylov space; more blocks, closer to the eigenspace.
    rng
        Draws the first block.
    block_size
        Columns of a block; unless given, so many that the space has more than twice the dimension of the subspace.

    Returns
    -------
    numpy.ndarray of shape (n, n_dimensions)
    """
    size = block_size or -(-2 * n_dimensions // n_blocks)
    block = np.linalg.qr(rng.standard_normal((n, size)))[0]
    blocks = [block]
    for _ in range(n_blocks):
        block = np.linalg.qr(apply(block))[0]
        blocks.append(block)
    basis = np.linalg.qr(np.hstack(blocks))[0]
    values, vectors = eigh(basis.T @ apply(basis))
    return basis @ vectors[:, np.argsort(-np.abs(values), kind="stable")[:n_dimensions]]


def _without(vectors: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Take the part of a block that lies in the span of orthonormal vectors out of it."""
    return block - vectors @ (vectors.T @ block)


def gauss(diagonal: np.ndarray, off_diagonal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gauss quadrature from the coefficients of the Lanczos recurrence (Golub and Welsch 1969).

    Parameters
    ----------
    diagonal, off_diagonal
        Coefficients of each probe, shape `(n_probes, n_steps)`; the last of `off_diagonal` is not used.

    Returns
    -------
    nodes, weights : numpy.ndarray of shape (n_probes, n_steps)
        Weights of a probe sum to one.
    """
    n_steps = diagonal.shape[1]
    T = np.zeros((len(diagonal), n_steps, n_steps))
    at = np.arange(n_steps)
    T[:, at, at] = diagonal
    T[:, at[1:], at[:-1]] = T[:, at[:-1], at[1:]] = off_diagonal[:, :-1]
    nodes, vectors = np.linalg.eigh(T)
    return nodes, vectors[:, 0, :] ** 2


def gauss_and_radau(diagonal: np.ndarray, off_diagonal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of Gauss quadrature and of Gauss-Radau quadrature with a node at zero (Golub 1973).

    For maps without negative eigenvalues: of an odd power of the root, which no polynomial follows at zero, the one
    rule finds too much and the other too little.

    Parameters
    ----------
    diagonal, off_diagonal
        As in `gauss`; all of them are used.

    Returns
    -------
    nodes, weights : numpy.ndarray of shape (n_probes, 2 * n_steps + 1)
    """
    nodes, weights = gauss(diagonal, off_diagonal)
    # The entry that makes zero an eigenvalue of the matrix with one more row, by elimination from the first row on.
    pivot = diagonal[:, 0]
    for step in range(1, diagonal.shape[1]):
        pivot = diagonal[:, step] - _ratio(off_diagonal[:, step - 1] ** 2, pivot)
    last = _ratio(off_diagonal[:, -1] ** 2, pivot)
    wider, heavier = gauss(np.column_stack([diagonal, last]), np.column_stack([off_diagonal, last]))
    return np.hstack([nodes, np.maximum(wider, 0)]), np.hstack([weights, heavier]) / 2


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """A quotient, zero where a recurrence has ended."""
    return np.divide(part, whole, out=np.zeros_like(part), where=part > 0)


def _lanczos(apply: Apply, probes: np.ndarray, n_steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Run the three-term recurrence for every probe at once; no basis is kept, quadrature does not need one."""
    diagonal, off_diagonal = np.zeros((2, probes.shape[1], n_steps))
    before, norm = np.zeros_like(probes), np.zeros(probes.shape[1])
    current = probes / np.linalg.norm(probes, axis=0)
    for step in range(n_steps):
        following = apply(current) - norm * before
        diagonal[:, step] = np.einsum("ij,ij->j", current, following)
        following -= diagonal[:, step] * current
        norm = np.linalg.norm(following, axis=0)
        # A probe that has met all it can see stops: what follows would be rounding, and weighs nothing.
        norm[norm < 1e-10] = 0
        off_diagonal[:, step] = norm
        before, current = current, following / np.where(norm > 0, norm, np.inf)
    return diagonal, off_diagonal
