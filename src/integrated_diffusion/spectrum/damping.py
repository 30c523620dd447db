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
    def between(cls, largest: float, cut: float, growth: float) -> Damping:
        """Return the one that grows up to about `growth` at the largest eigenvalue."""
        distance = np.arccosh(max(2 * largest / max(cut, 1e-300) - 1, 1 + 1e-9))
        return cls(cut, max(1, int(min(np.log(growth) / distance, _HIGHEST))))

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

    def undone(self, damped: np.ndarray) -> np.ndarray:
        """Return the eigenvalues of the map from those of the polynomial."""
        if self.degree == 1:
            return damped
        above = np.cosh(np.arccosh(np.maximum(damped, 1)) / self.degree)
        below = np.cos(np.arccos(np.clip(damped, -1, 1)) / self.degree)
        return np.asarray(self.cut / 2 * (1 + np.where(damped > 1, above, below)))

    def slope(self, values: np.ndarray) -> np.ndarray:
        """Return by how much more the polynomial's eigenvalues differ than those of the map."""
        if self.degree == 1:
            return np.ones_like(values)
        angle = np.arccosh(np.maximum(2 * values / self.cut - 1, 1 + 1e-12))
        return np.asarray(2 / self.cut * self.degree * np.sinh(self.degree * angle) / np.sinh(angle))


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
