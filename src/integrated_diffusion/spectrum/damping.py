"""Chebyshev polynomials that damp most of a spectrum, so that its leading end stands out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from integrated_diffusion.spectrum.chunks import each_chunk
from integrated_diffusion.spectrum.krylov import Apply

_HIGHEST = 200


@dataclass(frozen=True)
class Damping:
    """A Chebyshev polynomial of a map that stays within one on `[0, cut]` and grows fast above (Zhou and Saad 2007).

    Of degree one it is the map itself.
    """

    cut: float = 1.0
    degree: int = 1

    @classmethod
    def between(cls, cut: float, last: float, gain: float, largest: float, most: float) -> Damping:
        """Return the one of lowest degree that makes the eigenvalue `last` grow by a gain, of 200 at most.

        Unless the largest one grew more than `most` times as much: then the steepest with which it does not.
        """
        slow, fast = (np.arccosh(max(2 * value / max(cut, 1e-300) - 1, 1)) for value in (last, largest))
        enough = np.ceil(np.arccosh(max(gain, 1)) / max(slow, 1e-9))
        bearable = np.floor(np.log(most) / max(fast - slow, 1e-9))
        return cls(cut, int(max(1, min(enough, bearable, _HIGHEST))))

    def of(self, apply: Apply, n_jobs: int | None = None) -> Apply:
        """Return the polynomial of a map, which is worked out by as many threads."""
        return apply if self.degree == 1 else lambda block: self._recurrence(apply, block, n_jobs)

    def _recurrence(self, apply: Apply, block: np.ndarray, n_jobs: int | None) -> np.ndarray:
        before, current = block, apply(block)
        factor = current.dtype.type(2 / self.cut)
        each_chunk(lambda rows: _begin(current[rows], block[rows], factor), len(block), n_jobs)
        for _ in range(self.degree - 1):
            before, current = current, self._following(apply(current), current, before, n_jobs)
        return current

    def _following(self, image: np.ndarray, current: np.ndarray, before: np.ndarray, n_jobs: int | None) -> np.ndarray:
        """Write the next block of the recurrence, `4 / cut A current - 2 current - before`, where the image is."""
        factor = image.dtype.type(4 / self.cut)
        each_chunk(lambda rows: _go_on(image[rows], current[rows], before[rows], factor), len(image), n_jobs)
        return image


@njit(cache=True, nogil=True)
def _begin(image: np.ndarray, block: np.ndarray, factor: float) -> None:
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            image[i, j] = factor * image[i, j] - block[i, j]


@njit(cache=True, nogil=True)
def _go_on(image: np.ndarray, current: np.ndarray, before: np.ndarray, factor: float) -> None:
    # Once through memory instead of once for each term.
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            image[i, j] = factor * image[i, j] - (current[i, j] + current[i, j]) - before[i, j]
