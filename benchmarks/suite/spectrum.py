"""Spectra and what their entropies say."""

from __future__ import annotations

from integrated_diffusion import eigenvalues, entropy_curve, singular_values
from integrated_diffusion.runtime.threads import one_blas_thread

from .made import Stage, joint, walks


class Eigenvalues(Stage):
    """The entropy curve of one view's walk."""

    def setup(self, n_samples: int) -> None:
        """Make the walk."""
        self.walk = walks(n_samples)["view1"]

    def time_eigenvalues(self, n_samples: int) -> object:
        """Look at its eigenvalues, as a fit does."""
        with one_blas_thread():
            return entropy_curve(eigenvalues(self.walk))

    peakmem_eigenvalues = time_eigenvalues


class SingularValues(Stage):
    """The entropy curve of the joint walk."""

    def setup(self, n_samples: int) -> None:
        """Make the walk."""
        self.walk = joint(n_samples)

    def time_singular_values(self, n_samples: int) -> object:
        """Look at its singular values, as a fit does."""
        with one_blas_thread():
            return entropy_curve(singular_values(self.walk))

    peakmem_singular_values = time_singular_values
