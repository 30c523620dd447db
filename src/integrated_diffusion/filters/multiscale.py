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
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.operators.build import diffusion_operator
from integrated_diffusion.runtime.progress import Progress, silent
from integrated_diffusion.runtime.threads import map_threads, n_threads, one_blas_thread, one_thread
from integrated_diffusion.views.checks import check_count

_HELD_SAMPLES = 2**17  # of the small nodes whose walks are built together


_TALKATIVE = 2_000  # samples below which a visit comes back to Python too often to share it with another


_Walk = Callable[[np.ndarray, int | None], DiffusionOperator]


@dataclass(frozen=True)
class _Node:
    """A cluster in a cluster in a cluster: rows that lie together, and its number at each scale."""

    rows: slice
    place: tuple[int, ...] = ()

    @property
    def n_samples(self) -> int:
        return int(self.rows.stop - self.rows.start)

    @property
    def depth(self) -> int:
        return len(self.place)

    def children(self, sizes: np.ndarray) -> list[_Node]:
        """The clusters of these sizes into which the rows fall, one after the other."""
        stops = self.rows.start + np.cumsum(sizes)
        return [
            _Node(slice(stop - size, stop), (*self.place, number))
            for number, (stop, size) in enumerate(zip(stops.tolist(), sizes.tolist(), strict=True))
        ]


@dataclass(frozen=True, eq=False)
class _State:
    """The samples, filtered at every scale so far and in such an order that those of a node lie together.

    Attributes
    ----------
    points
        The filtered samples, shape `(n_samples, n_features)`.
    samples
        Which sample each row is, shape `(n_samples,)`.
    denoised
        The outcome so far, in the order of the samples.
    """

    points: np.ndarray
    samples: np.ndarray
    denoised: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray) -> _State:
        """The samples before anything is done to them."""
        points = np.array(X, dtype=X.dtype if X.dtype == np.float32 else np.float64, order="C")
        return cls(points, np.arange(len(points)), points.copy())

    def differs(self, node: _Node) -> bool:
        """Whether a node has samples that differ; those that have become identical stay as they are at every scale."""
        return bool(np.ptp(self.points[node.rows], axis=0).any())

    def move(self, node: _Node, smooth: np.ndarray) -> None:
        """Move the outcome by what smoothing changed, with the weight of the node's scale."""
        change = smooth - self.points[node.rows]
        change *= 0.5 ** (node.depth + 1)
        self.denoised[self.samples[node.rows]] += change

    def sort(self, node: _Node, smooth: np.ndarray, order: np.ndarray) -> None:
        """Take the smoothed samples on to the next scale, in another order."""
        self.points[node.rows] = smooth[order]
        self.samples[node.rows] = self.samples[node.rows][order]


def _large_and_small(level: Sequence[_Node], n_threads: int) -> tuple[list[_Node], list[_Node]]:
    """Large is a node that would keep one thread busy when the others have finished everything smaller."""
    nodes = sorted(level, key=lambda node: -node.n_samples)
    left = sum(node.n_samples for node in nodes)
    for n_large, node in enumerate(nodes):
        if node.n_samples * n_threads <= left:
            return nodes[:n_large], nodes[n_large:]
        left -= node.n_samples
    return nodes, []


def _batches(nodes: Sequence[_Node]) -> Iterator[Sequence[_Node]]:
    """Nodes whose walks are held at the same time."""
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
    filter
        What is done at each node: `PowerFilter(t)` for the paper's fixed `t`, `EntropyFilter()` for one chosen per
        node, or any other filter; several threads call it at once.
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
        progress: Progress = silent,
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
            How neighbours are found in each node, see `find_neighbors`; asked by several threads at once.
        progress
            Is told which scale comes next.

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

        def walk(points: np.ndarray, n_jobs: int | None) -> DiffusionOperator:
            return diffusion_operator(points, self.kernel or kernel, search=search, n_jobs=n_jobs)

        state, level = _State.of(X), [_Node(slice(0, X.shape[0]))]
        with one_blas_thread(), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct samples than clusters is no fault here
            for depth in range(self.max_depth):
                level = [node for node in level if node.n_samples >= self.min_size and state.differs(node)]
                if not level:
                    break
                progress(f"scale {depth + 1}", depth, self.max_depth)
                level = self._next_level(level, state, walk, random_state, n_jobs)
        return state.denoised

    def _next_level(
        self, level: Sequence[_Node], state: _State, walk: _Walk, random_state: int, n_jobs: int | None
    ) -> list[_Node]:
        """Visit all nodes of a level.

        Large ones are visited one by one with all threads, small ones at once, each with one. Only the smallest are
        visited one by one, because threads that often come back to Python wait for each other there.
        """

        def walk_alone(node: _Node) -> DiffusionOperator:
            with one_thread():  # where this thread asks; there are several
                return walk(state.points[node.rows], 1)

        def visit_alone(node: _Node, P: DiffusionOperator) -> list[_Node]:
            with one_thread():
                return self._visit(node, state, P, random_state)

        large, small = _large_and_small(level, n_threads(n_jobs))
        n_quiet = sum(node.n_samples >= _TALKATIVE for node in small)  # the largest come first
        below = [self._visit(node, state, walk(state.points[node.rows], n_jobs), random_state) for node in large]
        below += map_threads(lambda node: visit_alone(node, walk_alone(node)), small[:n_quiet], n_jobs)
        for nodes in _batches(small[n_quiet:]):
            below += map(visit_alone, nodes, map_threads(walk_alone, nodes, n_jobs))
        return [child for children in below for child in children]

    def _visit(self, node: _Node, state: _State, P: DiffusionOperator, random_state: int) -> list[_Node]:
        """Move a node's samples by what its filter does to them, put them in order of their clusters, return these."""
        smooth = np.asarray(self.filter(P, state.points[node.rows]))
        state.move(node, smooth)
        if node.depth + 1 == self.max_depth:
            return []
        seed = np.random.SeedSequence(random_state, spawn_key=node.place)
        labels = spectral_clusters(P, self.n_clusters, np.random.default_rng(seed))
        state.sort(node, smooth, np.argsort(labels, kind="stable"))
        return node.children(np.bincount(labels))


DEFAULT_DENOISING = LocalDenoising()
