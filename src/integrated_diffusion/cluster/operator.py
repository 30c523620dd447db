"""The diffusion operator of one view in parts of rows on a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, NoReturn

import dask.array as da
import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from integrated_diffusion.cluster.affinities import ClusterAffinities, ClusterKernel
from integrated_diffusion.cluster.exchange import LocalRows, multiplied
from integrated_diffusion.cluster.workspace import ClusterWorkspace
from integrated_diffusion.kernels.components import component_labels
from integrated_diffusion.kernels.sums import weighted_total
from integrated_diffusion.operators.application import Layout
from integrated_diffusion.operators.diffusion import DiffusionOperator


class ClusterOperator(DiffusionOperator):
    """A view's diffusion operator `P = D^-1 K` whose kernel lies in parts of rows on a cluster.

    It multiplies, adds, repeats and transposes like any other operator; it is applied to dask arrays, and its images
    are dask arrays.

    Parameters
    ----------
    affinities : ClusterAffinities
        Directed affinities, from which the kernel is made.
    name : str, default "P"
        Name of the view in formulas.
    """

    def __init__(self, affinities: ClusterAffinities, name: str = "P") -> None:
        self.name, self.n_jobs, self.order, self.cluster_affinities = name, None, affinities.order, affinities

    @cached_property
    def parts(self) -> ClusterKernel:
        """The kernel in parts of rows."""
        return self.cluster_affinities.kernel()

    @property
    def n_samples(self) -> int:
        """Number of samples `N`."""
        return self.order.n_samples

    @property
    def degrees(self) -> da.Array:
        """Row sums of the kernel, `(n_samples,)`."""
        return self.order.as_dask(self.parts.degrees, (self.n_samples,), np.dtype(np.float64))

    @property
    def kernel(self) -> NoReturn:
        """Not here: the kernel lies on the cluster."""
        raise _on_cluster("kernel")

    @property
    def affinities(self) -> NoReturn:
        """Not here: the affinities lie on the cluster."""
        raise _on_cluster("affinities")

    @property
    def matrix(self) -> NoReturn:
        """Not here: the matrix lies on the cluster."""
        raise _on_cluster("matrix")

    @cached_property
    def component_labels(self) -> NoReturn:
        """Not here: only the sizes of the components come to the client."""
        raise _on_cluster("component labels")

    @cached_property
    def component_sizes(self) -> np.ndarray:
        """Number of samples of each connected component of the graph."""
        cluster, matrices, exchange = self.order.cluster, self.parts.matrices, self.parts.exchange
        labels = cluster.map(part_components, matrices)
        edges = cluster.gather(cluster.map(crossing, matrices, labels, exchange(labels), exchange.senders))
        sizes = cluster.gather(cluster.map(np.bincount, labels))
        firsts = np.concatenate([[0], np.cumsum([len(found) for found in sizes])])
        rows, columns = [], []
        for part, pairs in enumerate(edges):
            rows.append(firsts[part] + pairs[:, 0])
            columns.append(firsts[pairs[:, 1]] + pairs[:, 2])
        ends = np.concatenate(rows), np.concatenate(columns)
        graph = sp.csr_array((np.ones(len(ends[0])), ends), shape=(firsts[-1], firsts[-1]))
        return np.bincount(connected_components(graph, directed=False)[1], weights=np.concatenate(sizes)).astype(int)

    def _layout(self, block: Any, kind: Any) -> Layout:
        return Layout(lambda: self.order, None, ClusterWorkspace)

    def _as_matrix(self, workspace: Any, dtype: np.dtype, transposed: bool = False) -> None:
        return None

    def _times(self, block: Any, workspace: Any, share: float) -> Any:
        """Return `D^-share K D^(share - 1)` times a block."""
        cluster, parts, n_parts = self.order.cluster, block.joined(), len(self.order.sizes)
        matrices, degrees = self.parts.matrices, self.parts.degrees
        others = self.parts.exchange(parts, degrees, share - 1)
        image = cluster.later(multiplied, matrices, parts, others, degrees, [-share] * n_parts, [share - 1] * n_parts)
        return block.like(image)

    @staticmethod
    def weighted_with(operators: Sequence[Any], weights: Sequence[Any], name: str) -> ClusterOperator:
        """Return the operator of the weighted sum of several operators' directed affinities.

        Their own kernels are dropped, and made again if they are asked for.
        """
        order = operators[0].order
        workspace, cluster = ClusterWorkspace(order), order.cluster
        factors = [workspace.permute(found).joined() for found in weights]
        rows = zip(*(P.cluster_affinities.directed for P in operators), strict=True)
        first = operators[0].cluster_affinities
        directed = cluster.map(weighted_rows, map(list, rows), map(list, zip(*factors, strict=True)))
        added = replace(first, directed=directed, own=None)
        _check_alike([P.cluster_affinities for P in operators])
        for P in operators:
            P.__dict__.pop("parts", None)
        return ClusterOperator(added, name)

    def permuted(self, permutation: np.ndarray) -> NoReturn:
        """Not here: the samples stay in the order of the cluster."""
        raise _on_cluster("permuted operator")

    def __getstate__(self) -> NoReturn:
        """Refuse to be stored: the data are on a cluster, which ends."""
        raise TypeError(
            f"'{self.name}': expected an operator in memory to store, found one on a cluster; store its results, such "
            "as embedding_.to_zarr(...)"
        )


def _check_alike(affinities: Sequence[ClusterAffinities]) -> None:
    if len({(view.symmetrisation, view.anisotropy) for view in affinities}) > 1:
        raise ValueError(
            "affinities: expected one symmetrisation and anisotropy, found several; give all views one kernel"
        )


def weighted_rows(views: list[sp.csr_array], weights: list[np.ndarray]) -> sp.csr_array:
    """Return the weighted sum of directed affinities, each row by its weight."""
    return weighted_total(views, [w.ravel() for w in weights], n_jobs=1).astype(views[0].dtype)


def _on_cluster(what: str) -> TypeError:
    return TypeError(
        f"{what}: expected an operator in memory, found one that lies on a cluster; apply it to dask arrays with @, or "
        "fit the views in memory"
    )


def part_components(matrix: LocalRows) -> np.ndarray:
    """Return the connected component of each row among the part's own rows."""
    is_own = matrix.columns < matrix.n_rows
    starts = np.concatenate([[0], np.cumsum(is_own)])[matrix.starts]
    entries = np.ones(starts[-1], np.int8), matrix.columns[is_own], starts.astype(np.int32)
    return component_labels(sp.csr_array(entries, shape=(matrix.n_rows, matrix.n_rows))).astype(np.int64)


def crossing(matrix: LocalRows, labels: np.ndarray, others: list[np.ndarray], senders: list[int]) -> np.ndarray:
    """Return which components of a part and of others are joined: `(n, 3)`, component, other part, its component."""
    rows = np.repeat(np.arange(matrix.n_rows), np.diff(matrix.starts))
    crosses = matrix.columns >= matrix.n_rows
    firsts = np.concatenate([[0], np.cumsum([found.max() + 1 for found in others])]).astype(np.int64)
    numbers = [found + first for found, first in zip(others, firsts, strict=False)]  # components of all other parts
    there = np.concatenate([np.empty(0, np.int64), *numbers])[matrix.columns[crosses] - matrix.n_rows]
    pairs = np.unique(labels[rows[crosses]] * firsts[-1] + there)
    own, other = np.divmod(pairs, max(firsts[-1], 1))
    place = np.searchsorted(firsts, other, side="right") - 1
    return np.column_stack([own, np.asarray(senders, dtype=np.int64)[place], other - firsts[place]])
