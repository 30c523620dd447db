"""What a way of fusing views makes of them, whatever kind it is: coordinates, a picture, denoised views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from integrated_diffusion import diffusion_operator
from integrated_diffusion.embedding import diffusion_map, phate
from integrated_diffusion.operators import Operator

N_COMPONENTS = 20
"""Coordinates that are scored, for every method alike."""


class Fused(Protocol):
    """Several views made one."""

    def coordinates(self, power: int | str = 1) -> np.ndarray:
        """Return the coordinates that are scored, shape `(n_samples, N_COMPONENTS)`."""
        ...

    def picture(self, power: int | str = "entropy") -> np.ndarray:
        """Return a layout in the plane, shape `(n_samples, 2)`."""
        ...

    def denoised(self, name: str, X: np.ndarray) -> np.ndarray | None:
        """Return the view `name`, measured as `X`, without its noise; `None` if the method cannot."""
        ...


@dataclass(frozen=True, eq=False)
class Diffused:
    """An integrated operator. The solvers' start vectors are the same for every seed: they change the last digits."""

    operator: Operator

    def coordinates(self, power: int | str = 1) -> np.ndarray:
        """Diffusion map of `J^power`."""
        return diffusion_map(self.operator, min(N_COMPONENTS, self.operator.n_samples - 2), power)

    def picture(self, power: int | str = "entropy") -> np.ndarray:
        """PHATE of `J^power`."""
        return phate(self.operator, 2, power)

    def denoised(self, name: str, X: np.ndarray) -> np.ndarray:
        """`J X` (paper, eq. 4 and 7)."""
        return np.asarray(self.operator @ X)


@dataclass(frozen=True)
class LearningCurve:
    """Losses after each epoch, on the samples trained on and on those held out."""

    train: Sequence[float]
    held_out: Sequence[float]


@dataclass(frozen=True, eq=False)
class Learned:
    """Latent coordinates of a trained model.

    Parameters
    ----------
    latent
        Coordinates, shape `(n_samples, n_components)`.
    reconstructed
        Each view as the model sees it, by name, in the units and shape of the view that the model was given.
    curve
        How the training went.
    """

    latent: np.ndarray
    reconstructed: Mapping[str, np.ndarray] = field(default_factory=dict)
    curve: LearningCurve | None = None

    def coordinates(self, power: int | str = 1) -> np.ndarray:
        """Return the latent coordinates; there is nothing to repeat."""
        return self.latent

    def picture(self, power: int | str = "entropy") -> np.ndarray:
        """PHATE of the latent coordinates."""
        return phate(diffusion_operator(self.latent), 2, power)

    def denoised(self, name: str, X: np.ndarray) -> np.ndarray | None:
        """Return what the model makes of the view."""
        return self.reconstructed.get(name)
