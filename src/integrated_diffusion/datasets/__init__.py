"""Real cells that come with the package, and simulated views whose truth is known: noisy digits, noisy trees, noise.

>>> from integrated_diffusion import datasets
>>> datasets.tree(n_branches=3, n_samples=90, n_dimensions=20)
NoisyViews(90 samples, 3 labels: view1 90 x 20, view2 90 x 20; float64)
"""

from __future__ import annotations

from integrated_diffusion.datasets.cortex import cortex_multiome
from integrated_diffusion.datasets.digits import noisy_digits
from integrated_diffusion.datasets.noise import add_noise, add_noise_to_groups
from integrated_diffusion.datasets.pbmc import pbmc_citeseq
from integrated_diffusion.datasets.trees import tree
from integrated_diffusion.datasets.views import NoisyViews

__all__ = [
    "NoisyViews",
    "add_noise",
    "add_noise_to_groups",
    "cortex_multiome",
    "noisy_digits",
    "pbmc_citeseq",
    "tree",
]
