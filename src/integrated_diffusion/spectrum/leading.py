"""The leading eigenspace of a symmetric map, from products with blocks alone.

In the space of a random block and its images the leading eigenvectors lie ever more nearly (Musco and Musco 2015).
Blocks are what products are fast with, and they hold as many vectors of one eigenvalue as they are wide.
"""

from __future__ import annotations

import numpy as np

from integrated_diffusion.spectrum.chunks import overlaps, without
from integrated_diffusion.spectrum.damping import Damping
from integrated_diffusion.spectrum.krylov import Apply, KrylovSpace
from integrated_diffusion.spectrum.precision import DOUBLE, SINGLE

WIDTH = 16
"""Columns of a block: the wider, the cheaper a product is for each of them, and the more of them are needed."""

_MOST = 1_000  # applications of the map after which the best there is has to do
_GROWTH = 200  # how much longer a damped block may become along its leading vector: the others must not drown
_SPARE = 8  # vectors kept at a restart beyond those that are asked for
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

    Notes
    -----
    Where the basis has no room left, it is restarted from its leading vectors; where values crowd, the map is then
    replaced by a polynomial of itself that damps all others.
    """
    precision, rest = SINGLE if tolerance >= SINGLE.tolerance else DOUBLE, _less_known(apply, known, n_jobs)
    width = min(n, max(WIDTH, n_vectors // 3))
    kept = n_vectors + _SPARE
    room = min(n, max(3 * kept, 6 * width))
    space, damping = KrylovSpace(rng.standard_normal((n, width)), room, rng, n_jobs), Damping()
    n_applied, until, before = 0, 0, None
    while True:
        space.grow(precision.of(damping.of(rest, n_jobs), n_jobs))
        n_applied += damping.degree
        if n_applied == 1 and precision is SINGLE and _falls_steeply(space.rest, n_jobs):
            precision = DOUBLE
            space.begin(space.rest)
        if space.size < min(n, n_vectors + width):
            continue
        damped, vectors = space.ritz()
        values, leading = damping.undone(damped), vectors[:, :n_vectors]
        found = values[:n_vectors]
        if space.size == n or n_applied > _MOST:
            break
        allowed = tolerance * found + precision.rounding * found[0]
        nearly = n_applied >= until and (space.residuals(leading) <= allowed * damping.slope(found)).all()
        # A polynomial tells only how far off vectors are among their likes; what it damps has to be looked at as well.
        if nearly and (
            damping.degree == 1 or (_missed(precision.of(rest, n_jobs), space.of_basis(leading)) <= allowed).all()
        ):
            if not _may_hide_more(found, width, precision.close) or (
                before is not None and np.allclose(found, before, rtol=precision.close, atol=0)
            ):
                break
            # Look again as long, beginning with vectors that know nothing of those found.
            before, until = found, 2 * n_applied
            space.keep(damped[:n_vectors], leading)
            space.look_elsewhere(width)
        elif space.is_full:
            damping = _restart(space, damping, damped[:kept], vectors[:, :kept], rng)
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


def _restart(
    space: KrylovSpace, damping: Damping, damped: np.ndarray, vectors: np.ndarray, rng: np.random.Generator
) -> Damping:
    """Go on from the leading vectors alone, under a polynomial of a higher degree if that will be much quicker."""
    values = damping.undone(damped)
    steeper = Damping.between(values[0], values[-1], _GROWTH)
    if steeper.degree <= 1.5 * damping.degree:
        space.keep(damped, vectors)
        return damping
    space.begin(space.of_basis(vectors @ rng.standard_normal((len(values), space.width))))
    return steeper


def _less_known(apply: Apply, known: np.ndarray | None, n_jobs: int | None) -> Apply:
    """Return the map without some of its eigenvectors.

    They are taken out of every image: a polynomial of the map that is steep below their values makes what rounding
    leaves of them larger than any number.
    """
    if known is None:
        return apply

    def rest(block: np.ndarray) -> np.ndarray:
        image = apply(block)
        return without(known.astype(image.dtype, copy=False), image, n_jobs)

    return rest


def _falls_steeply(images: np.ndarray, n_jobs: int | None) -> bool:
    """Tell from the images of a random block how much less the map makes of its last direction than of its first."""
    squares = np.linalg.eigvalsh(overlaps(images, images, n_jobs))
    return bool(squares[0] < _STEEP**2 * squares[-1])


def _missed(apply: Apply, vectors: np.ndarray) -> np.ndarray:
    """By how much vectors miss being eigenvectors, `|A v - l v|`."""
    images = apply(vectors)
    values = np.einsum("ij,ij->j", vectors, images)
    return np.asarray(np.linalg.norm(images - vectors * values, axis=0))


def _may_hide_more(values: np.ndarray, width: int, share: float) -> bool:
    """Whether a value is there as often as a block is wide: a space of such blocks would not hold it more often."""
    close = share * values[0]
    above = values[values > values[-1] + close]
    return bool((above[: len(above) - width + 1] - above[width - 1 :] <= close).any()) if len(above) >= width else False
