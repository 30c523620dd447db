"""Who lies close to whom."""

from __future__ import annotations

from integrated_diffusion import find_neighbors

from .made import KERNEL, Stage, views


class Neighbours(Stage):
    """The neighbours that the published kernel looks at, in one view."""

    def setup(self, n_samples: int) -> None:
        """Draw the view, and load the libraries."""
        self.X = views(n_samples)["view1"]
        find_neighbors(self.X[:600], KERNEL.n_candidates)

    def time_neighbours(self, n_samples: int) -> object:
        """Find them."""
        return find_neighbors(self.X, KERNEL.n_candidates)

    peakmem_neighbours = time_neighbours
