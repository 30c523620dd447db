"""The leading eigenspace of a symmetric map, from products with blocks alone.

In the space of a block and its images the leading eigenvectors lie ever more nearly (Musco and Musco 2015). Where that
space has no room left, its leading vectors are brought as near as is asked by a polynomial that damps all others
(Zhou and Saad 2007), and begin the next. Blocks are what products are fast with, and they hold as many vectors of one
eigenvalue as they are wide.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from integrated_diffusion.spectrum.chunks import overlaps, without
from integrated_diffusion.spectrum.damping import Damping
from integrated_diffusion.spectrum.krylov import Apply, KrylovSpace
from integrated_diffusion.spectrum.precision import DOUBLE, Precision, precision_within

WIDTH = 16
"""Columns of a block: the wider, the cheaper a product is for each of them, and the more of them are needed."""

_MOST = 1_000  # applications of the map after which the best there is has to do
_FEW = 6  # applications that growing the space makes as much of as a polynomial of so low a degree
_SPARE = 5  # vectors held at least beyond those that are sought: what lies below them is damped
_STEEP = 1e-4  # a value as far down as a block is wide, as a share of the first, that single precision would drown


def leading_eigenspace(
    apply: Apply,
    n: int,
    n_vectors: int,
    rng: np.random.Generator,
    tolerance: float = 1e-8,
    known: np.ndarray | None = None,
    n_jobs: int | None = None,
) -> np.ndarray:
    """Return the leading eigenvectors of a symmetric map without negative eigenvalues.

    Parameters
    ----------
    apply
        The map on blocks of `n` rows; what it returns is written into.
    n, n_vectors
        Its size, and the number of eigenvectors.
    rng
        Draws the first block.
    tolerance
        How far a vector may miss being one, `|A v - l v| <= tolerance * l`. After a thousand applications of the map
        the best found so far stands for those that have not got there. From 1e-5 on blocks are handed to the map in
        single precision, unless the values fall so steeply that rounding would drown the last of them.
    known
        Orthonormal eigenvectors to leave out, shape `(n, n_known)`.
    n_jobs
        Number of threads; the result does not depend on it.

    Returns
    -------
    numpy.ndarray of shape (n, n_vectors), orthonormal, largest eigenvalue first
    """
    rest = _Rest.of(apply, known, precision_within(tolerance), n_jobs)
    width, kept = min(n, max(WIDTH, n_vectors // 3)), -(-(n_vectors + _SPARE) // WIDTH) * WIDTH
    space = KrylovSpace(rng.standard_normal((n, width)), min(n, 3 * max(kept, width)), rng, n_jobs)
    n_applied, until, before = 0, 0, None
    while True:
        space.grow(rest)
        n_applied += 1
        if n_applied == 1 and rest.precision is not DOUBLE and _falls_steeply(space.rest, n_jobs):
            rest = replace(rest, precision=DOUBLE)
            space.begin(space.rest)
        if space.size < n_vectors:
            continue
        values, vectors = space.ritz()
        found, leading = values[:n_vectors], vectors[:, :n_vectors]
        if space.size == n or n_applied > _MOST:
            break
        missed = space.residuals(leading) / (tolerance * found + rest.precision.rounding * found[0])
        close = rest.precision.close
        if n_applied >= until and (missed <= 1).all():
            if not _may_hide_more(found, width, close) or (
                before is not None and np.allclose(found, before, rtol=close, atol=0)
            ):
                break
            # Look again as long, beginning with vectors that know nothing of those found.
            before, until = found, 2 * n_applied
            space.keep(found, leading)
            space.look_elsewhere(width)
        elif space.is_full:
            n_applied += _begin_again(space, rest, kept, n_vectors, missed.max())
    return space.of_basis(leading)


def leading_subspace(
    apply: Apply,
    n: int,
    n_dimensions: int,
    n_blocks: int,
    rng: np.random.Generator,
    n_further: int = 0,
    n_jobs: int | None = None,
) -> KrylovSpace:
    """Return a Krylov space that begins with (nearly) the leading eigenspace of a symmetric map, by absolute value.

    Parameters
    ----------
    apply
        The map on blocks of `n` rows; what it returns is written into.
    n, n_dimensions
        Its size, and the dimension of the subspace.
    n_blocks
        Number of blocks after the first in which it is sought, together more than twice as wide as the subspace has
        dimensions; the more, the closer it comes.
    rng
        Draws the first block.
    n_further
        Number of blocks by which the space is grown once the subspace is found.
    n_jobs
        Number of threads; the result does not depend on it.

    Returns
    -------
    KrylovSpace
        The first `n_dimensions` vectors of its basis span the subspace.
    """
    width = -(-2 * n_dimensions // n_blocks)
    sought = (n_blocks + 1) * width
    room = min(n, max(sought, n_dimensions + n_further * width))
    space = KrylovSpace(rng.standard_normal((n, width)), room, rng, n_jobs)
    for _ in range(n_blocks + 1):
        space.grow(apply)
    values, vectors = space.ritz()
    leading = np.argsort(-np.abs(values), kind="stable")[:n_dimensions]
    space.keep(values[leading], vectors[:, leading])
    for _ in range(n_further):
        space.grow(apply)
    return space


@dataclass(frozen=True, eq=False)
class _Rest:
    """A map without some of its eigenvectors, from double precision to double precision.

    Attributes
    ----------
    apply
        The map.
    known, largest
        The eigenvectors, and the largest of their values.
    precision
        In which the map is applied.
    n_jobs
        Number of threads.
    """

    apply: Apply
    known: np.ndarray | None
    largest: float
    precision: Precision
    n_jobs: int | None

    @classmethod
    def of(cls, apply: Apply, known: np.ndarray | None, precision: Precision, n_jobs: int | None) -> _Rest:
        """Look up the values of the eigenvectors."""
        if known is None:
            return cls(apply, None, 0.0, precision, n_jobs)
        values = np.einsum("ij,ij->j", known, precision.of(apply, n_jobs)(known))
        return cls(apply, known, float(values.max(initial=0)), precision, n_jobs)

    def __call__(self, block: np.ndarray) -> np.ndarray:
        return self.damped(block, Damping())

    def damped(self, block: np.ndarray, damping: Damping) -> np.ndarray:
        """Apply a polynomial of the map."""
        polynomial = damping.of(self.apply, self.n_jobs)
        return self.precision.of(lambda some: self._without_known(polynomial(some)), self.n_jobs)(block)

    def _without_known(self, block: np.ndarray) -> np.ndarray:
        if self.known is None:
            return block
        return without(self.known.astype(block.dtype, copy=False), block, self.n_jobs)


def _begin_again(space: KrylovSpace, rest: _Rest, kept: int, n_vectors: int, gain: float) -> int:
    """Go on from the leading vectors alone, and return how often the map was applied to bring them nearer before.

    What damps all below them makes the last one that is sought grow by the gain; unless the largest values grew so much
    more that what rounding leaves of their vectors would drown its own, also of those that have been taken out.
    """
    values, vectors = (found[..., :kept] for found in space.ritz())
    largest, bearable = max(values[0], rest.largest), 1e-2 / rest.precision.rounding
    damping = Damping.between(values[-1], values[n_vectors - 1], gain, largest, bearable)
    if damping.degree <= _FEW:
        space.keep(values, vectors)
        return 0
    nearer = rest.damped(space.of_basis(vectors), damping)
    space.begin(nearer / np.linalg.norm(nearer, axis=0))
    return damping.degree


def _falls_steeply(images: np.ndarray, n_jobs: int | None) -> bool:
    """Tell from the images of a random block how much less the map makes of its last direction than of its first."""
    squares = np.linalg.eigvalsh(overlaps(images, images, n_jobs))
    return bool(squares[0] < _STEEP**2 * squares[-1])


def _may_hide_more(values: np.ndarray, width: int, share: float) -> bool:
    """Whether a value is there as often as a block is wide: a space of such blocks would not hold it more often."""
    close = share * values[0]
    above = values[values > values[-1] + close]
    return bool((above[: len(above) - width + 1] - above[width - 1 :] <= close).any()) if len(above) >= width else False
