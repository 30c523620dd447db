"""Coordinates by singular vectors."""

from __future__ import annotations

from integrated_diffusion.embedding import diffusion_map, multiscale_map

from .made import Stage, joint


class DiffusionMap(Stage):
    """Twenty components of the joint walk repeated five times, as published."""

    def setup(self, n_samples: int) -> None:
        """Make the walk."""
        self.walk = joint(n_samples)

    def time_diffusion_map(self, n_samples: int) -> object:
        """Find its leading singular vectors."""
        return diffusion_map(self.walk, 20, power=5)

    peakmem_diffusion_map = time_diffusion_map


class MultiscaleMap(Stage):
    """Twenty components of all powers together, as by default."""

    def setup(self, n_samples: int) -> None:
        """Make the walk."""
        self.walk = joint(n_samples)

    def time_multiscale_map(self, n_samples: int) -> object:
        """Find its leading singular vectors."""
        return multiscale_map(self.walk, 20)

    peakmem_multiscale_map = time_multiscale_map
