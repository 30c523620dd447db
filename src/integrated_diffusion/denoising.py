"""Multiscale graph denoising (paper, Algorithm 1): each view smoothed along its own walk, at many scales.

`MGD(X)`: if there are few samples, `X`; else filter `X` along its own walk, cluster the walk, denoise the filtered
samples of each cluster in the same way, and average the outcome with `X`. Scale `k` therefore weighs `2^-k`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

from integrated_diffusion.entropy import ElbowRule, entropy_curve, marginal_fall
from integrated_diffusion.filters import Filter
from integrated_diffusion.graph import diffusion_operator
from integrated_diffusion.kernels import Kernel
from integrated_diffusion.neighbors import KNeighbors
from integrated_diffusion.operators import Block, DiffusionOperator
from integrated_diffusion.parallel import one_blas_thread, one_thread
from integrated_diffusion.spectrum import LanczosQuadrature, eigenvalues, leading_eigenpairs
from integrated_diffusion.validation import check_count


@dataclass(frozen=True)
class EntropyFilter:
    """`P^t X` with `t` the elbow of the walk's own spectral entropy, so that each node of the tree chooses its own.

    Parameters
    ----------
    t_max
        Largest number of steps.
    elbow
        Rule that finds the elbow.
    quadrature
        How closely to look at the spectra of large nodes. A step more or less matters little in a node, so this is
        coarser than for whole views.
    """

    t_max: int = 100
    elbow: ElbowRule = marginal_fall
    quadrature: LanczosQuadrature = field(
        default_factory=lambda: LanczosQuadrature(n_probes=8, n_steps=30, n_deflated=12, n_blocks=4)
    )

    def __call__(self, operator: DiffusionOperator, X: Block) -> Block:
        """Return `P^t X`."""
        curve = entropy_curve(eigenvalues(operator, self.quadrature), self.t_max, self.elbow)
        filtered: Block = operator**curve.elbow @ X
        return filtered


@dataclass(frozen=True)
class LocalDenoising:
    """Algorithm 1, `MGD(X, t, tau, c)`, as a value that is called with a view.

    Parameters
    ----------
    filter
        What is done at each node: `PowerFilter(t)` for the paper's fixed `t`, `EntropyFilter()` for one chosen per
        node, or any other filter.
    n_clusters
        The paper's `c`: into how many clusters each node falls.
    min_size
        The paper's `tau`: nodes with fewer samples are returned as they are.
    max_depth
        Number of scales; the next one would weigh less than `2^-max_depth`.
    kernel
        Kernel of the nodes' walks; the one of the views unless given.

    Examples
    --------
    >>> line = np.linspace(0, 1, 200)[:, None]
    >>> noisy = line + 0.1 * np.random.default_rng(0).standard_normal((200, 1))
    >>> denoised = LocalDenoising()(noisy)
    >>> bool(np.abs(denoised - line).mean() < np.abs(noisy - line).mean())
    True
    """

    filter: Filter = field(default_factory=EntropyFilter)
    n_clusters: int = 5
    min_size: int = 100
    max_depth: int = 6
    kernel: Kernel | None = None

    def __post_init__(self) -> None:
        check_count(self.n_clusters, "n_clusters", least=2)
        check_count(self.min_size, "min_size", least=2)
        check_count(self.max_depth, "max_depth")

    def __call__(
        self,
        X: np.ndarray,
        kernel: Kernel | None = None,
        random_state: int = 0,
        n_jobs: int | None = None,
        search: KNeighbors | None = None,
    ) -> np.ndarray:
        """Denoise one view.

        Parameters
        ----------
        X
            View of shape `(n_samples, n_features)`, dense.
        kernel
            Kernel to use where this value has none of its own.
        random_state
            Seed of the clusterings.
        n_jobs
            Number of threads; the result does not depend on it.
        search
            How neighbours are found in each node, see `find_neighbors`.

        Returns
        -------
        numpy.ndarray of the same shape

        Raises
        ------
        TypeError
            If the view is sparse: smoothing fills it.
        """
        if sp.issparse(X):
            raise TypeError("LocalDenoising: expected a dense view, found a sparse one; reduce it first (n_pca)")

        def walk(points: np.ndarray) -> DiffusionOperator:
            return diffusion_operator(points, self.kernel or kernel, search=search, n_jobs=n_jobs)

        with one_blas_thread():
            return self._denoise(X, walk, np.random.SeedSequence(random_state), self.max_depth)

    def _denoise(
        self,
        X: np.ndarray,
        walk: Callable[[np.ndarray], DiffusionOperator],
        seed: np.random.SeedSequence,
        depth: int,
    ) -> np.ndarray:
        # Samples that have become identical stay as they are at every scale.
        if len(X) < self.min_size or depth == 0 or not np.ptp(X, axis=0).any():
            return X
        P = walk(X)
        smooth = np.asarray(self.filter(P, X))
        labels = spectral_clusters(P, self.n_clusters, np.random.default_rng(seed))
        denoised = np.empty_like(smooth)
        for cluster, child in zip(np.unique(labels), seed.spawn(self.n_clusters), strict=False):
            members = labels == cluster
            denoised[members] = self._denoise(smooth[members], walk, child, depth - 1)
        return (X + denoised) / 2


DEFAULT_DENOISING = LocalDenoising()


def spectral_clusters(
    operator: DiffusionOperator, n_clusters: int, random_state: int | np.random.Generator
) -> np.ndarray:
    """Cluster a walk: k-means on its leading eigenvectors (Shi and Malik 2000; von Luxburg 2007).

    Parameters
    ----------
    operator
        One view's walk.
    n_clusters
        Number of clusters; fewer are found where there are fewer distinct samples.
    random_state
        Seed of the eigensolver and of k-means.

    Returns
    -------
    numpy.ndarray of shape (n_samples,), labels from 0
    """
    rng = np.random.default_rng(random_state)
    _, vectors = leading_eigenpairs(operator, n_clusters, rng, tolerance=1e-4)
    coordinates = vectors / np.sqrt(operator.degrees)[:, None]
    k_means = KMeans(min(n_clusters, len(coordinates)), n_init=3, random_state=int(rng.integers(2**31)))
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct samples than clusters is no fault here
        return np.asarray(k_means.fit_predict(coordinates))
