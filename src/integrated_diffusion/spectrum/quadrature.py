"""Stochastic Lanczos quadrature: every sum over the spectrum of a symmetric map from a few dozen products with blocks.

Everything that is asked of a spectrum here is a sum of some function over it, `sum_i f(s_i)`. Lanczos quadrature (Golub
and Meurant 1994; Ubaru, Chen and Saad 2017) gives such sums for every `f` at once; the leading values, which carry
nearly all of the sum at many steps, are taken out of the random probes beforehand (deflation).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numba import njit

from integrated_diffusion.spectrum.chunks import in_chunks, overlaps, without
from integrated_diffusion.spectrum.krylov import Apply
from integrated_diffusion.spectrum.leading import leading_subspace
from integrated_diffusion.spectrum.precision import precision_for
from integrated_diffusion.spectrum.rules import GAUSS, Rule
from integrated_diffusion.spectrum.spectrum import Spectrum
from integrated_diffusion.views.checks import check_count

_FURTHER = 6  # blocks by which the space of the deflated vectors is grown once they are chosen
_USUAL_SAMPLES, _FEWEST_PROBES = 10_000, 12


@dataclass(frozen=True)
class LanczosQuadrature:
    """How closely to look at a large spectrum.

    Parameters
    ----------
    n_probes
        Number of random vectors up to 10,000 samples; the standard error falls with its square root. The more samples,
        the more a vector sees, so that above it is fewer in proportion, though not fewer than 12.
    n_steps
        Lanczos steps, which is the number of nodes a vector sees.
    n_deflated
        Dimension of the leading subspace that is taken out of the probes and looked at on its own.
    n_blocks
        Number of blocks of the Krylov space in which that subspace is sought.
    """

    n_probes: int = 60
    n_steps: int = 50
    n_deflated: int = 64
    n_blocks: int = 8

    def __post_init__(self) -> None:
        for field in fields(self):
            check_count(getattr(self, field.name), field.name)

    def __call__(
        self,
        apply: Apply,
        known: np.ndarray,
        rng: np.random.Generator,
        rule: Rule = GAUSS,
        n_jobs: int | None = None,
    ) -> Spectrum:
        """Return the spectrum of a symmetric map, next to that of the eigenvectors known beforehand.

        Parameters
        ----------
        apply
            The map on blocks of `n` rows; what it returns is written into.
        known
            Orthonormal eigenvectors, shape `(n, n_known)`; they are left out.
        rng
            Draws the probes.
        rule
            From what a Krylov space sees of the map to nodes and weights; Gauss quadrature unless given.
        n_jobs
            Number of threads; the result does not depend on it.

        Notes
        -----
        With `Q` orthonormal, `tr f(A) = tr(Q^T f(A) Q) + tr((1 - Q Q^T) f(A) (1 - Q Q^T))` holds exactly whether or
        not `Q` is invariant under `A`; so `Q` only has to be good enough to leave little variance to the probes. The
        space that goes on from it sees its own part (Chen and Hallman 2023).
        """
        n, n_known = known.shape
        k = min(self.n_deflated, n // 8)
        precision = precision_for(n)

        def rest(block: np.ndarray) -> np.ndarray:
            return without(known, precision.of(apply, n_jobs)(block), n_jobs)

        space = leading_subspace(rest, n, k, self.n_blocks, rng, _FURTHER, n_jobs)
        probes = rng.integers(0, 2, size=(n, self._n_probes(n)), dtype=np.int8) * 2.0 - 1.0
        probes = without(known, without(space.basis[:, :k], probes, n_jobs), n_jobs)
        nodes, weights = rule.of_subspace(space.matrix, k, overlaps(space.rest, space.rest, n_jobs))
        del space
        probe_nodes, probe_weights = rule.of_probes(
            *_lanczos(apply, probes.astype(precision.dtype, copy=False), self.n_steps, n_jobs)
        )
        return Spectrum(np.abs(nodes), weights, np.abs(probe_nodes), probe_weights * (n - n_known - k))

    def _n_probes(self, n_samples: int) -> int:
        fewest = min(_FEWEST_PROBES, self.n_probes)
        return min(self.n_probes, max(fewest, -(-self.n_probes * _USUAL_SAMPLES // n_samples)))


def _lanczos(
    apply: Apply, probes: np.ndarray, n_steps: int, n_jobs: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Run the three-term recurrence for every probe at once; no basis is kept, quadrature does not need one.

    Vectors are divided by their norms only where they are used, which saves going through them once more.
    """
    diagonal, off_diagonal = np.zeros((2, probes.shape[1], n_steps))
    before, shorter = np.zeros_like(probes), np.zeros(probes.shape[1])
    current, norm = probes, np.linalg.norm(probes, axis=0)
    for step in range(n_steps):
        inverse = np.where(norm > 0, 1 / np.where(norm > 0, norm, 1), 0)
        following = apply(current)
        diagonal[:, step] = _less_before(following, current, before, inverse, norm * shorter, n_jobs)
        length = np.sqrt(_less_current(following, current, diagonal[:, step] * inverse, n_jobs))
        # A probe that has met all it can see stops: what follows would be rounding, and weighs nothing.
        length[length < 1e-10] = 0
        off_diagonal[:, step] = length
        before, current, shorter, norm = current, following, inverse, length
    return diagonal, off_diagonal


def _less_before(
    following: np.ndarray,
    current: np.ndarray,
    before: np.ndarray,
    inverse: np.ndarray,
    share: np.ndarray,
    n_jobs: int | None,
) -> np.ndarray:
    """Scale a block, take shares of the block before off it, and return its products with the scaled current one."""

    def work(rows: slice) -> np.ndarray:
        return _scaled_less(following[rows], current[rows], before[rows], inverse, share)

    return in_chunks(work, len(following), n_jobs)


def _less_current(following: np.ndarray, current: np.ndarray, share: np.ndarray, n_jobs: int | None) -> np.ndarray:
    """Take shares of the current block off another, and return what its columns' squares sum to."""
    return in_chunks(lambda rows: _less(following[rows], current[rows], share), len(following), n_jobs)


@njit(cache=True, nogil=True)
def _scaled_less(
    following: np.ndarray, current: np.ndarray, before: np.ndarray, inverse: np.ndarray, share: np.ndarray
) -> np.ndarray:
    n, width = following.shape
    products = np.zeros(width)
    for i in range(n):
        for j in range(width):
            value = following[i, j] * inverse[j] - before[i, j] * share[j]
            following[i, j] = value
            products[j] += value * current[i, j] * inverse[j]
    return products


@njit(cache=True, nogil=True)
def _less(following: np.ndarray, current: np.ndarray, share: np.ndarray) -> np.ndarray:
    n, width = following.shape
    squares = np.zeros(width)
    for i in range(n):
        for j in range(width):
            value = following[i, j] - current[i, j] * share[j]
            following[i, j] = value
            squares[j] += value * value
    return squares
