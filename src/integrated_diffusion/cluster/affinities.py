"""Directed affinities in parts of rows, and the symmetric kernel made of them by exchanging what crosses parts."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.cluster.exchange import Exchange, LocalRows, localised, with_precision
from integrated_diffusion.cluster.order import ClusterOrder
from integrated_diffusion.cluster.tasks import Parts, item
from integrated_diffusion.kernels.affinities import SYMMETRISATIONS
from integrated_diffusion.spectrum import precision_for


@dataclass(frozen=True, eq=False)
class ClusterAffinities:
    """Directed affinities `A` in parts of rows; see `kernels.Affinities`.

    Attributes
    ----------
    order : ClusterOrder
        Order of the rows; columns are positions in it.
    directed : list of Future
        Rows of each part, `scipy.sparse.csr_array` of shape `(n_rows, n_samples)`, in single precision above 20,000
        samples.
    symmetrisation : str
        A name in `SYMMETRISATIONS`.
    anisotropy : float
        Exponent of the density normalisation.
    own : list of Future or None, default None
        Affinity of each sample to itself; one unless given.
    """

    order: ClusterOrder
    directed: Parts
    symmetrisation: str
    anisotropy: float
    own: Parts | None = None

    def kernel(self) -> ClusterKernel:
        """Return the symmetric kernel `K`; self-affinities are added before the density is divided out."""
        order, cluster = self.order, self.order.cluster
        n_parts = len(order.sizes)
        starts = [order.starts] * n_parts
        split = cluster.map(transposed_by_part, self.directed, starts)
        found = cluster.gather(cluster.map(list, split))
        pairs = sorted((target, source) for source, targets in enumerate(found) for target in targets)
        pieces = cluster.map(item, [split[source] for _, source in pairs], [target for target, _ in pairs])
        by_target = [
            [piece for (other, _), piece in zip(pairs, pieces, strict=True) if other == part] for part in range(n_parts)
        ]
        senders = [[source for target, source in pairs if target == part] for part in range(n_parts)]
        rows = cluster.later(
            symmetric_rows,
            self.directed,
            by_target,
            senders,
            starts,
            range(n_parts),
            [self.symmetrisation] * n_parts,
            [None] * n_parts if self.own is None else self.own,
        )
        matrices = cluster.map(localised, rows, starts, range(n_parts))
        exchange = Exchange.of(cluster, matrices)
        if self.anisotropy:
            density = cluster.map(row_sums, matrices)
            others = exchange(density)
            matrices = cluster.map(without_density, matrices, density, others, [self.anisotropy] * n_parts)
        degrees, dtype = cluster.map(row_sums, matrices), precision_for(order.n_samples).dtype
        return ClusterKernel(cluster.map(with_precision, matrices, [dtype] * n_parts), exchange, degrees)


@dataclass(frozen=True, eq=False)
class ClusterKernel:
    """A symmetric kernel in parts of rows.

    Attributes
    ----------
    matrices : list of Future
        `LocalRows` of each part, in single precision above 20,000 samples.
    exchange : Exchange
        The rows that products need of other parts.
    degrees : list of Future
        Row sums of each part.
    """

    matrices: Parts
    exchange: Exchange
    degrees: Parts


def transposed_by_part(directed: sp.csr_array, starts: np.ndarray) -> dict[int, sp.csr_array]:
    """Return, by part, the entries whose columns are of it, transposed: rows of that part, columns of this one."""
    columns = sp.csc_array(directed)
    found = {}
    for part, (first, last) in enumerate(itertools.pairwise(starts)):
        if columns.indptr[last] > columns.indptr[first]:
            found[part] = sp.csr_array(columns[:, first:last].T)
    return found


def symmetric_rows(
    directed: sp.csr_array,
    transposed: list[sp.csr_array],
    senders: list[int],
    starts: np.ndarray,
    part: int,
    symmetrisation: str,
    own: np.ndarray | None,
) -> sp.csr_array:
    """Return the rows of a symmetric kernel.

    Parameters
    ----------
    directed : scipy.sparse.csr_array of shape (n_rows, n_samples)
        The part's own affinities `A`.
    transposed : list of scipy.sparse.csr_array
        The part's rows of `A^T`, from each part that has some.
    senders : list of int
        These parts, in increasing order.
    starts : numpy.ndarray of shape (n_parts + 1,)
        First position of each part.
    part : int
        Which part.
    symmetrisation : str
        A name in `SYMMETRISATIONS`.
    own : numpy.ndarray of shape (n_rows,) or None
        Affinities of samples to themselves; one unless given.
    """
    backward = _side_by_side(transposed, [starts[sender] for sender in senders], directed.shape)
    at = np.ones(directed.shape[0]) if own is None else own.ravel()
    return SYMMETRISATIONS[symmetrisation](directed, backward, at, int(starts[part]), 1)


def _side_by_side(pieces: list[sp.csr_array], firsts: list[Any], shape: tuple[int, int]) -> sp.csr_array:
    """Matrices of the same rows as one; each begins at a column of its own."""
    coo = [piece.tocoo() for piece in pieces]
    rows = np.concatenate([np.empty(0, np.int64), *(piece.coords[0] for piece in coo)])
    columns = np.concatenate(
        [np.empty(0, np.int64), *(piece.coords[1] + first for piece, first in zip(coo, firsts, strict=True))]
    )
    values = np.concatenate([np.empty(0), *(piece.data for piece in coo)])
    return sp.csr_array((values, (rows, columns)), shape=shape)


def row_sums(matrix: LocalRows) -> np.ndarray:
    """Return the sum of each row."""
    return np.add.reduceat(matrix.values, matrix.starts[:-1])


def without_density(matrix: LocalRows, density: np.ndarray, others: list[np.ndarray], anisotropy: float) -> LocalRows:
    """Divide the sampling density out, `D^-a K D^-a`; every row has an entry, its own."""
    factors = np.concatenate([density, *others]) ** -anisotropy
    rows = np.repeat(factors[: matrix.n_rows], np.diff(matrix.starts))
    return matrix.with_values(rows * matrix.values * factors[matrix.columns])
