"""Algorithm 1 on one view."""

from __future__ import annotations

from integrated_diffusion import LocalDenoising
from integrated_diffusion.filters import PowerFilter

from .made import KERNEL, Stage, views

PUBLISHED = LocalDenoising(filter=PowerFilter(1), n_clusters=10, min_size=500, max_depth=6)


class Denoising(Stage):
    """Multiscale graph denoising by the published settings."""

    def setup(self, n_samples: int) -> None:
        """Draw the view, and load the libraries."""
        self.X = views(n_samples)["view1"]
        PUBLISHED(self.X[:600], KERNEL)

    def time_denoising(self, n_samples: int) -> object:
        """Denoise the view."""
        return PUBLISHED(self.X, KERNEL)

    peakmem_denoising = time_denoising
