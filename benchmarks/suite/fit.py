"""The whole fit, from arrays to coordinates."""

from __future__ import annotations

from integrated_diffusion import IntegratedDiffusion

from .made import Stage, views


class Published(Stage):
    """`IntegratedDiffusion.paper()`."""

    def setup(self, n_samples: int) -> None:
        """Draw the views, and load the libraries."""
        self.views = views(n_samples)
        IntegratedDiffusion.paper().fit({name: X[:600] for name, X in self.views.items()})

    def time_published(self, n_samples: int) -> object:
        """Fit."""
        return IntegratedDiffusion.paper().fit_transform(self.views)

    peakmem_published = time_published


class Default(Stage):
    """`IntegratedDiffusion()`."""

    def setup(self, n_samples: int) -> None:
        """Draw the views, and load the libraries."""
        self.views = views(n_samples)
        IntegratedDiffusion().fit({name: X[:600] for name, X in self.views.items()})

    def time_default(self, n_samples: int) -> object:
        """Fit."""
        return IntegratedDiffusion().fit_transform(self.views)

    peakmem_default = time_default
