"""Chebyshev polynomials that damp most of a spectrum, so that its leading end stands out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from integrated_diffusion.operators import Workspace
from integrated_diffusion.spectrum.krylov import Apply

_MAX_DEGREE = 200


@dataclass(frozen=True)
class Damping:
    """A Chebyshev polynomial of a map, at most one on `[0, cut]` and growing fast above (Zhou and Saad 2007).

    Parameters
    ----------
    cut : float, default 1.0
        Eigenvalues from 0 to here are damped.
    degree : int, default 1
        Degree of the polynomial; of degree one it is the map itself.
    """

    cut: float = 1.0
    degree: int = 1

    @classmethod
    def between(cls, cut: float, last: float, gain: float, largest: float, max_ratio: float) -> Damping:
        """Return the polynomial of lowest degree that amplifies an eigenvalue enough; the degree is at most 200.

        Parameters
        ----------
        cut : float
            Eigenvalues from 0 to here are damped.
        last, gain : float
            The polynomial at the eigenvalue `last` is at least `gain`.
        largest, max_ratio : float
            The polynomial at the eigenvalue `largest` is at most `max_ratio` times that at `last`. Where both cannot
            hold, this one does.
        """
        slow, fast = (np.arccosh(max(2 * value / max(cut, 1e-300) - 1, 1)) for value in (last, largest))
        sufficient = np.ceil(np.arccosh(max(gain, 1)) / max(slow, 1e-9))
        allowed = np.floor(np.log(max_ratio) / max(fast - slow, 1e-9))
        return cls(cut, int(max(1, min(sufficient, allowed, _MAX_DEGREE))))

    def of(self, apply: Apply, workspace: Workspace) -> Apply:
        """Return the polynomial of a map, with the buffers of a workspace."""
        return apply if self.degree == 1 else lambda block: self._recurrence(apply, block, workspace)

    def _recurrence(self, apply: Apply, block: np.ndarray, workspace: Workspace) -> np.ndarray:
        previous, current = block, workspace.chebyshev_first(apply(block), block, 2 / self.cut)
        for _ in range(self.degree - 1):
            image = workspace.chebyshev_next(apply(current), current, previous, 4 / self.cut)
            if previous is not block:
                workspace.give_back(previous)
            previous, current = current, image
        workspace.give_back(previous)
        return current
