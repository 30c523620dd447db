"""Multiscale graph denoising: each view smoothed along its own graph, cluster by cluster (paper, Algorithm 1)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from sklearn.exceptions import ConvergenceWarning

from integrated_diffusion.filters import Filter
from integrated_diffusion.filters.entropy_filter import EntropyFilter
from integrated_diffusion.filters.spectral_clustering import spectral_clusters
from integrated_diffusion.kernels import Kernel
from integrated_diffusion.neighbors import KNeighbors
from integrated_diffusion.operators import DiffusionOperator, Workspace
from integrated_diffusion.operators.build import diffusion_operator
from integrated_diffusion.operators.default_workspace import default_workspace
from integrated_diffusion.runtime.progress import Progress, silent
from integrated_diffusion.views.checks import check_count

_HELD_SAMPLES = 2**17  # of the small nodes whose operators are built together
_PYTHON_BOUND = 2_000  # samples below which a visit runs so much Python code that threads would wait for each other

_Build = Callable[[np.ndarray, int | None], DiffusionOperator]


@dataclass(frozen=True)
class _Node:
    """A node of the tree of clusters: contiguous rows, and the number of its cluster at each scale."""

    rows: slice
    place: tuple[int, ...] = ()

    @property
    def n_samples(self) -> int:
        return int(self.rows.stop - self.rows.start)

    @property
    def depth(self) -> int:
        return len(self.place)

    def children(self, sizes: np.ndarray) -> list[_Node]:
        """Return the clusters of these sizes into which the rows are split, one after the other."""
        stops = self.rows.start + np.cumsum(sizes)
        return [
            _Node(slice(stop - size, stop), (*self.place, number))
            for number, (stop, size) in enumerate(zip(stops.tolist(), sizes.tolist(), strict=True))
        ]


@dataclass(frozen=True, eq=False)
class _State:
    """The samples, filtered at every scale so far and ordered so that those of a node are contiguous.

    Attributes
    ----------
    points : numpy.ndarray of shape (n_samples, n_features)
        The filtered samples.
    samples : numpy.ndarray of shape (n_samples,)
        The sample of each row.
    denoised : numpy.ndarray of shape (n_samples, n_features)
        The result so far, in the order of the samples.
    """

    points: np.ndarray
    samples: np.ndarray
    denoised: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray) -> _State:
        """Return the samples before the first scale."""
        points = np.array(X, dtype=X.dtype if X.dtype == np.float32 else np.float64, order="C")
        return cls(points, np.arange(len(points)), points.copy())

    def differs(self, node: _Node) -> bool:
        """Whether the samples of a node differ; identical samples are left unchanged at every scale."""
        return bool(np.ptp(self.points[node.rows], axis=0).any())

    def move(self, node: _Node, smooth: np.ndarray) -> None:
        """Add to the result what smoothing changed, with the weight of the node's scale."""
        change = smooth - self.points[node.rows]
        change *= 0.5 ** (node.depth + 1)
        self.denoised[self.samples[node.rows]] += change

    def sort(self, node: _Node, smooth: np.ndarray, order: np.ndarray) -> None:
        """Replace the samples of a node by the smoothed ones, in another order, for the next scale."""
        self.points[node.rows] = smooth[order]
        self.samples[node.rows] = self.samples[node.rows][order]


def _large_and_small(level: Sequence[_Node], n_threads: int) -> tuple[list[_Node], list[_Node]]:
    """Split nodes by whether one would keep a thread busy longer than the others need for everything smaller."""
    nodes = sorted(level, key=lambda node: -node.n_samples)
    left = sum(node.n_samples for node in nodes)
    for n_large, node in enumerate(nodes):
        if node.n_samples * n_threads <= left:
            return nodes[:n_large], nodes[n_large:]
        left -= node.n_samples
    return nodes, []


def _batches(nodes: Sequence[_Node]) -> Iterator[Sequence[_Node]]:
    """Yield groups of nodes whose operators are held at the same time."""
    first = n_samples = 0
    for last, node in enumerate(nodes, 1):
        n_samples += node.n_samples
        if n_samples >= _HELD_SAMPLES or last == len(nodes):
            yield nodes[first:last]
            first, n_samples = last, 0


@dataclass(frozen=True)
class LocalDenoising:
    """Algorithm 1, `MGD(X, t, tau, c)`, as a value that is called with a view.

    Parameters
    ----------
    filter : Filter, default EntropyFilter()
        The filter of each node: `PowerFilter(t)` for the paper's fixed `t`, `EntropyFilter()` for one chosen per node,
        or any other filter; several threads call it at once.
    n_clusters : int, default 5
        The paper's `c`: the number of clusters into which each node is split.
    min_size : int, default 100
        The paper's `tau`: nodes with fewer samples are returned unchanged.
    max_depth : int, default 6
        Number of scales; the next one would weigh less than `2^-max_depth`.
    kernel : Kernel or None, default None
        Kernel of the nodes' operators; that of the views unless given.

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
        progress: Progress = silent,
    ) -> np.ndarray:
        """Denoise one view.

        Parameters
        ----------
        X : numpy.ndarray of shape (n_samples, n_features)
            View, dense.
        kernel : Kernel or None, default None
            Kernel to use if this value has none of its own.
        random_state : int, default 0
            Seed of the clusterings.
        n_jobs : int or None, default None
            Number of threads, `None` for all cores; the result does not depend on it.
        search : KNeighbors or None, default None
            Search for neighbours in each node, see `find_neighbors`; several threads call it at once.
        progress : Progress, default silent
            Called with the next scale.

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

        def build(points: np.ndarray, n_jobs: int | None) -> DiffusionOperator:
            return diffusion_operator(points, self.kernel or kernel, search=search, n_jobs=n_jobs)

        state, level = _State.of(X), [_Node(slice(0, X.shape[0]))]
        with Workspace.one_blas_thread(), warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", ConvergenceWarning
            )  # fewer distinct samples than clusters are expected here
            for depth in range(self.max_depth):
                level = [node for node in level if node.n_samples >= self.min_size and state.differs(node)]
                if not level:
                    break
                progress(f"scale {depth + 1}", depth, self.max_depth)
                level = self._next_level(level, state, build, random_state, n_jobs)
        return state.denoised

    def _next_level(
        self, level: Sequence[_Node], state: _State, build: _Build, random_state: int, n_jobs: int | None
    ) -> list[_Node]:
        """Visit all nodes of a level and return their clusters.

        Large nodes are visited one by one with all threads, small ones at once with one thread each. The smallest are
        visited one by one again, because threads wait for each other where they run Python code.
        """

        def build_alone(node: _Node) -> DiffusionOperator:
            with Workspace.one_thread():  # where this thread asks; there are several
                return build(state.points[node.rows], 1)

        def visit_alone(node: _Node, P: DiffusionOperator) -> list[_Node]:
            with Workspace.one_thread():
                return self._visit(node, state, P, random_state)

        workspace = default_workspace()(n_jobs=n_jobs)
        large, small = _large_and_small(level, workspace.n_threads)
        n_threaded = sum(node.n_samples >= _PYTHON_BOUND for node in small)  # the largest come first
        below = [self._visit(node, state, build(state.points[node.rows], n_jobs), random_state) for node in large]
        below += workspace.map(lambda node: visit_alone(node, build_alone(node)), small[:n_threaded])
        for nodes in _batches(small[n_threaded:]):
            below += map(visit_alone, nodes, workspace.map(build_alone, nodes))
        return [child for children in below for child in children]

    def _visit(self, node: _Node, state: _State, P: DiffusionOperator, random_state: int) -> list[_Node]:
        """Filter the samples of a node, add the change to the result, and return the clusters of the node."""
        smooth = np.asarray(self.filter(P, state.points[node.rows]))
        state.move(node, smooth)
        if node.depth + 1 == self.max_depth:
            return []
        seed = np.random.SeedSequence(random_state, spawn_key=node.place)
        labels = spectral_clusters(P, self.n_clusters, np.random.default_rng(seed))
        state.sort(node, smooth, np.argsort(labels, kind="stable"))
        return node.children(np.bincount(labels))


DEFAULT_DENOISING = LocalDenoising()
