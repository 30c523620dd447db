"""The leading eigenspace of a symmetric map, from products with blocks alone.

A block Krylov space contains ever better approximations of the leading eigenvectors (Musco and Musco 2015). When it has
reached its largest size, a polynomial that damps all other eigenvectors (Zhou and Saad 2007) is applied to the leading
Ritz vectors, which then start the next space. Products are fastest with blocks, and a block Krylov space holds as many
eigenvectors of one eigenvalue as the block is wide.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from integrated_diffusion.operators import Workspace
from integrated_diffusion.operators.default_workspace import default_workspace
from integrated_diffusion.spectrum.damping import Damping
from integrated_diffusion.spectrum.krylov import Apply, KrylovSpace
from integrated_diffusion.spectrum.precision import DOUBLE, Precision, precision_within

WIDTH = 16
"""Columns of a block: the wider, the less a product costs per column, and the more columns are needed."""

SPACE_BYTES = 2**30
"""Memory of a space above which it is restarted earlier."""

_MAX_APPLICATIONS = 1_000  # after which the best approximation is returned
_LOW_DEGREE = 6  # up to this degree a polynomial gains no more than growing the space does
_EXTRA_VECTORS = 5  # vectors kept at least beyond those that are sought: eigenvalues below them are damped
_STEEP = 1e-4  # share of the largest value below which single precision would lose the last value of a block


def leading_eigenspace(
    apply: Apply,
    n: int,
    n_vectors: int,
    rng: np.random.Generator,
    tolerance: float = 1e-8,
    known: np.ndarray | None = None,
    workspace: Workspace | None = None,
) -> np.ndarray:
    """Return the leading eigenvectors of a symmetric map without negative eigenvalues.

    Parameters
    ----------
    apply : callable
        The map on blocks of `n` rows. Each image is a new array, which is overwritten later.
    n, n_vectors : int
        Its size, and the number of eigenvectors.
    rng : numpy.random.Generator
        Draws the first block.
    tolerance : float, default 1e-8
        Largest residual, `|A v - l v| <= tolerance * l`. After a thousand applications of the map the best
        approximation is returned for the vectors that have not converged. With a tolerance of 1e-5 or more the map is
        applied in single precision, unless the eigenvalues decay so steeply that rounding would hide the last of them.
    known : numpy.ndarray of shape (n, n_known) or None, default None
        Orthonormal eigenvectors to leave out.
    workspace : Workspace or None, default None
        Buffers and operations, those of the map if it has any; new ones unless given.

    Returns
    -------
    numpy.ndarray of shape (n, n_vectors), orthonormal, largest eigenvalue first
    """
    workspace = workspace or default_workspace()()
    deflated = _DeflatedMap.of(apply, known, precision_within(tolerance), workspace)
    width, n_kept = min(n, width_for(n_vectors)), -(-(n_vectors + _EXTRA_VECTORS) // WIDTH) * WIDTH
    max_size = min(n, max_size_for(n, max(n_kept, width)))
    space = KrylovSpace(workspace.standard_normal(rng, (n, width)), max_size, rng, workspace)
    n_applied, recheck_after, first_found = 0, 0, None
    while True:
        space.grow(deflated)
        n_applied += 1
        if n_applied == 1 and deflated.precision is not DOUBLE and _decays_steeply(space.residual.inner_products):
            deflated = replace(deflated, precision=DOUBLE)
            space.reset(space.residual.block)
        if space.size < n_vectors:
            continue
        values, vectors = space.ritz()
        found, leading = values[:n_vectors], vectors[:, :n_vectors]
        if space.size == n or n_applied > _MAX_APPLICATIONS:
            break
        allowed = tolerance * found + deflated.precision.rounding * found[0]
        excess = space.residuals(leading) / allowed
        close = deflated.precision.close
        if n_applied >= recheck_after and (excess <= 1).all():
            if not _may_miss_copies(found, width, close) or (
                first_found is not None and np.allclose(found, first_found, rtol=close, atol=0)
            ):
                break
            # Search once more for as long, from random vectors that do not depend on those found.
            first_found, recheck_after = found, 2 * n_applied
            space.thick_restart(found, leading)
            space.random_restart(width)
        elif space.is_full:
            n_applied += _restart(space, deflated, n_kept, n_vectors, excess.max())
    return space.of_basis(leading)


def width_for(n_vectors: int) -> int:
    """Return the number of columns of a block: about a third of the vectors that are sought.

    A multiple of 16: a product with 17 columns takes twice as long as with 16 (`python -m benchmarks.product_widths`).
    """
    return max(WIDTH, n_vectors // 3 // WIDTH * WIDTH)


def max_size_for(n: int, n_kept: int) -> int:
    """Return the largest size of a space of which so many vectors are kept: three times as many where memory allows.

    Twice as many take up to 1.15 times as long, and a third less memory, which is most of what a solver needs. A space
    of a few blocks is not made smaller: what it tells of the spectrum is too little to damp the rest of it.
    """
    return (2 if n_kept >= 4 * WIDTH and 3 * n_kept * n * 8 > SPACE_BYTES else 3) * n_kept


def leading_subspace(
    apply: Apply,
    n: int,
    n_dimensions: int,
    n_blocks: int,
    rng: np.random.Generator,
    n_further: int = 0,
    workspace: Workspace | None = None,
) -> KrylovSpace:
    """Return a Krylov space that begins with nearly the leading eigenspace of a symmetric map, by absolute value.

    Parameters
    ----------
    apply : callable
        The map on blocks of `n` rows. Each image is a new array, which is overwritten later.
    n, n_dimensions : int
        Its size, and the dimension of the subspace.
    n_blocks : int
        Number of blocks after the first of the space in which the subspace is sought, together more than twice as wide
        as the subspace has dimensions; the more, the better the approximation.
    rng : numpy.random.Generator
        Draws the first block.
    n_further : int, default 0
        Number of blocks by which the space is grown once the subspace is found.
    workspace : Workspace or None, default None
        Buffers and operations, those of the map if it has any; new ones unless given.

    Returns
    -------
    KrylovSpace
        The first `n_dimensions` vectors of its basis span the subspace.
    """
    workspace = workspace or default_workspace()()
    width = -(-2 * n_dimensions // n_blocks)
    search_size = (n_blocks + 1) * width
    max_size = min(n, max(search_size, n_dimensions + n_further * width))
    space = KrylovSpace(workspace.standard_normal(rng, (n, width)), max_size, rng, workspace)
    for _ in range(n_blocks + 1):
        space.grow(apply)
    values, vectors = space.ritz()
    leading = np.argsort(-np.abs(values), kind="stable")[:n_dimensions]
    space.thick_restart(values[leading], vectors[:, leading])
    for _ in range(n_further):
        space.grow(apply)
    return space


@dataclass(frozen=True, eq=False)
class _DeflatedMap:
    """A map with known eigenvectors projected out, from float64 to float64 blocks.

    Attributes
    ----------
    apply : callable
        The map.
    known : numpy.ndarray of shape (n, n_known) or None
        The eigenvectors.
    largest : float
        The largest of their eigenvalues.
    precision : Precision
        Precision in which the map is applied.
    workspace : Workspace
        Buffers and operations.
    """

    apply: Apply
    known: np.ndarray | None
    largest: float
    precision: Precision
    workspace: Workspace

    @classmethod
    def of(cls, apply: Apply, known: np.ndarray | None, precision: Precision, workspace: Workspace) -> _DeflatedMap:
        """Compute the eigenvalues of the known eigenvectors."""
        if known is None:
            return cls(apply, None, 0.0, precision, workspace)
        values = np.einsum("ij,ij->j", known, precision.of(apply, workspace)(known))
        return cls(apply, known, float(values.max(initial=0)), precision, workspace)

    def __call__(self, block: np.ndarray) -> np.ndarray:
        return self.damped(block, Damping())

    def damped(self, block: np.ndarray, damping: Damping) -> np.ndarray:
        """Apply a polynomial of the map."""
        polynomial = damping.of(self.apply, self.workspace)
        return self.precision.of(lambda some: self._project_out_known(polynomial(some)), self.workspace)(block)

    def _project_out_known(self, block: np.ndarray) -> np.ndarray:
        if self.known is None:
            return block
        return self.workspace.project_out(self.known.astype(block.dtype, copy=False), block)


def _restart(space: KrylovSpace, deflated: _DeflatedMap, n_kept: int, n_vectors: int, gain: float) -> int:
    """Restart from the leading Ritz vectors, improved by a damping polynomial; return its degree, 0 if none was used.

    The polynomial amplifies the last eigenvalue that is sought by the gain, relative to those it damps. It is less
    steep where it would amplify the largest eigenvalues, also those of known eigenvectors, so much more that the
    rounding errors along their vectors would hide the last one.
    """
    values, vectors = (found[..., :n_kept] for found in space.ritz())
    largest, max_ratio = max(values[0], deflated.largest), 1e-2 / deflated.precision.rounding
    damping = Damping.between(values[-1], values[n_vectors - 1], gain, largest, max_ratio)
    if damping.degree <= _LOW_DEGREE:
        space.thick_restart(values, vectors)
        return 0
    improved = deflated.damped(space.of_basis(vectors), damping)
    space.reset(deflated.workspace.unit_columns(improved))
    return damping.degree


def _decays_steeply(inner_products: np.ndarray) -> bool:
    """Whether the map shrinks the last direction of a random block far more than the first, by those of its image."""
    squares = np.linalg.eigvalsh(inner_products)
    return bool(squares[0] < _STEEP**2 * squares[-1])


def _may_miss_copies(values: np.ndarray, width: int, share: float) -> bool:
    """Whether an eigenvalue was found as often as a block is wide: the space cannot hold it more often than that."""
    close = share * values[0]
    above = values[values > values[-1] + close]
    return bool((above[: len(above) - width + 1] - above[width - 1 :] <= close).any()) if len(above) >= width else False
