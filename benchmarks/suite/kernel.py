"""From neighbours to a walk."""

from __future__ import annotations

from integrated_diffusion import DiffusionOperator

from .made import KERNEL, Stage, neighbors


class Kernel(Stage):
    """Affinities, made symmetric, and the walk along them, in one view."""

    def setup(self, n_samples: int) -> None:
        """Find the neighbours."""
        self.neighbors = neighbors(n_samples)

    def time_kernel(self, n_samples: int) -> object:
        """Make the walk."""
        return DiffusionOperator.of(KERNEL.affinities(self.neighbors))

    peakmem_kernel = time_kernel
