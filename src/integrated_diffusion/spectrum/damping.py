"""Chebyshev polynomials that damp most of a spectrum, so that its leading end stands out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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

        def first(rows: slice) -> None:
            current[rows] *= 2 / self.cut
            current[rows] -= block[rows]

        def go_on(rows: slice) -> None:
            following[rows] *= 4 / self.cut
            following[rows] -= 2 * current[rows]
            following[rows] -= before[rows]

        each_chunk(first, len(block), n_jobs)
        for _ in range(self.degree - 1):
            following = apply(current)
            each_chunk(go_on, len(block), n_jobs)
            before, current = current, following
        return current

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
