"""The workspace on a cluster: the operations on blocks, each a few tasks for every part of the rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import dask.array as da
import numpy as np
from scipy.linalg import qr

from integrated_diffusion.cluster import part_tasks
from integrated_diffusion.cluster.block import BasisColumns, ClusterBasis, ClusterBlock, Columns
from integrated_diffusion.cluster.order import ClusterOrder
from integrated_diffusion.cluster.tasks import Parts
from integrated_diffusion.operators.blocks import is_lazy
from integrated_diffusion.operators.workspace import Workspace


class ClusterWorkspace(Workspace):
    """The operations of `Workspace` on blocks that lie in parts of rows on a cluster.

    Buffers are not reused: a task never writes into what another one returned, so that a lost worker's share can be
    computed again. What the client gets are sums of small matrices.

    Parameters
    ----------
    order : ClusterOrder
        The cluster, and the order in which rows are held.
    n_jobs : int or None, default None
        Not used: the cluster has as many threads as it was given.
    """

    library: ClassVar[str] = "dask"

    def __init__(self, order: ClusterOrder, n_jobs: int | None = None) -> None:
        super().__init__(None, n_jobs)
        self.rows, self.cluster = order, order.cluster

    # Order of the rows -----------------------------------------------------------------------------------------------

    def permute(self, block: Any) -> ClusterBlock:
        """Return a block of the samples, a dask array or one in memory, in parts of rows.

        Raises
        ------
        TypeError
            If it is sparse: choose columns and make them dense.
        """
        if isinstance(block, ClusterBlock):
            return block
        array = block if is_lazy(block) else _scattered(block, self.rows.chunks)
        if not isinstance(array._meta, np.ndarray):
            raise TypeError(
                "@: expected a dense array, found a dask array of sparse chunks; choose some columns and make them "
                "dense: X[:, columns].map_blocks(lambda x: x.toarray())"
            )
        chunked = array.rechunk({0: self.rows.chunks, **({1: -1} if array.ndim > 1 else {})})
        chunks = self.cluster.computed(chunked.to_delayed().ravel())
        is_vector = array.ndim == 1
        if is_vector:
            chunks = self.cluster.map(part_tasks.as_columns, chunks)
        parts = self.rows.ordered(chunks)
        n_columns = 1 if is_vector else array.shape[1]
        return ClusterBlock(self.cluster, self.rows.sizes, [Columns(parts, n_columns)], array.dtype, is_vector)

    def unpermute(self, block: ClusterBlock) -> da.Array:
        """Return a block as a dask array of the samples in their order."""
        parts, shape = block.joined(), (len(block), block.width)
        found = self.rows.as_dask(parts, shape, block.dtype)
        return found[:, 0] if block.is_vector else found

    def permuted(self, values: np.ndarray) -> ClusterBlock:
        """Return one value per sample in parts of rows."""
        return self.permute(values)

    # Buffers ---------------------------------------------------------------------------------------------------------

    def give_back(self, *blocks: Any) -> None:
        """Do nothing: a block's parts are released when nobody holds it."""

    def share_memory(self, block: Any, other: Any) -> bool:
        """Return whether two blocks are one."""
        return block is other

    def copy(self, block: ClusterBlock, dtype: Any = None) -> ClusterBlock:
        """Return a block that can be written into, in another precision if one is given."""
        if dtype is None or np.dtype(dtype) == block.dtype:
            return ClusterBlock(self.cluster, block.sizes, block.groups, block.dtype, block.is_vector)
        return block.astype(dtype)

    def copy_into(self, block: ClusterBlock, out: Any) -> Any:
        """Write a block into columns of a basis."""
        if isinstance(out, BasisColumns):
            out.basis.write(out.start, block.astype(np.float64, copy=False))
            return out
        return out.write(block.astype(out.dtype, copy=False).joined())

    def empty_basis(self, n_rows: int, n_columns: int) -> Any:
        """Return columns that are written group by group."""
        return ClusterBasis(self.cluster, self.rows.sizes, n_columns)

    def zeros(self, shape: tuple[int, ...], dtype: Any) -> Any:
        """Return a block of zeros."""
        return self._new(
            self.cluster.map(part_tasks.zeros, self.rows.sizes, self._each(shape[1]), self._each(np.dtype(dtype))),
            shape[1],
            dtype,
        )

    def standard_normal(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
        """Draw a block of standard normal numbers: each part has a seed of its own."""
        return self._drawn(part_tasks.normal, rng, shape[1])

    def random_signs(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
        """Draw a block of ones and minus ones."""
        return self._drawn(part_tasks.signs, rng, shape[1])

    def _drawn(self, draw: Callable[..., np.ndarray], rng: np.random.Generator, n_columns: int) -> ClusterBlock:
        seed = int(rng.integers(2**63))
        seeds = [[seed, part] for part in range(len(self.rows.sizes))]
        return self._new(self.cluster.map(draw, seeds, self.rows.sizes, self._each(n_columns)), n_columns, np.float64)

    def _new(self, parts: Parts, n_columns: int, dtype: Any) -> ClusterBlock:
        return ClusterBlock(self.cluster, self.rows.sizes, [Columns(parts, n_columns)], dtype)

    def _each(self, value: Any) -> list[Any]:
        return [value] * len(self.rows.sizes)

    # Sums and scaling ------------------------------------------------------------------------------------------------

    def scale(self, weight: float, block: ClusterBlock) -> ClusterBlock:
        """Return `weight * block`."""
        return block.write(self.cluster.later(part_tasks.weighted, block.once(), self._each(float(weight))))

    def add_scaled(self, total: ClusterBlock, weight: float, term: ClusterBlock) -> ClusterBlock:
        """Return `total + weight * term`, written into the total."""
        return total.write(self.cluster.later(part_tasks.sums, total.once(), self._each(float(weight)), term.once()))

    def scale_rows(self, weights: Any, block: ClusterBlock) -> ClusterBlock:
        """Return `diag(weights) @ block`, the weights in parts or in the order of the samples."""
        factors = self.permute(weights).joined()
        return block.like(self.cluster.later(part_tasks.row_scaled, block.once(), factors))

    def unit_columns(self, block: ClusterBlock) -> ClusterBlock:
        """Return a new block, each column divided by its length."""
        return block.like(self.cluster.later(part_tasks.divided, block.joined(), self._each(self.column_norms(block))))

    def column_norms(self, block: ClusterBlock) -> np.ndarray:
        """Return the length of each column."""
        return np.sqrt(self._sum(self.cluster.map(part_tasks.column_squares, block.joined())))

    def _sum(self, parts: Parts) -> np.ndarray:
        return np.asarray(np.sum(self.cluster.gather(parts), axis=0))

    # Inner products and projections ----------------------------------------------------------------------------------

    def gram(self, left: ClusterBlock, right: ClusterBlock) -> np.ndarray:
        """Return the inner products of the columns of two blocks."""
        if not left.groups or not right.groups:
            return np.zeros((left.width, right.width))
        return self._sum(self.cluster.map(part_tasks.inner_products, *left.pieces(), *right.pieces()))

    def combine(self, basis: ClusterBlock, coefficients: np.ndarray) -> ClusterBlock:
        """Return `basis @ coefficients`, float64."""
        parts = self.cluster.later(part_tasks.combined, *basis.pieces(), self._each(coefficients))
        return basis.like(parts, np.float64, coefficients.shape[1])

    def subtract_projection(self, block: ClusterBlock, basis: ClusterBlock, coefficients: np.ndarray) -> ClusterBlock:
        """Write `block - basis @ coefficients` into the block, and return it."""
        if not basis.groups:
            return block
        return block.write(
            self.cluster.later(part_tasks.projected_out, block.once(), *basis.pieces(), self._each(coefficients))
        )

    def triangle(self, block: ClusterBlock) -> np.ndarray:
        """Return `R` of the QR decomposition: that of the triangles of all parts."""
        triangles = self.cluster.gather(self.cluster.map(part_tasks.part_triangle, block.joined()))
        (R,) = qr(np.vstack(triangles), mode="r", check_finite=False)
        return np.asarray(R[: block.width])

    # Three-term recurrences ------------------------------------------------------------------------------------------

    def chebyshev_first(self, image: ClusterBlock, block: ClusterBlock, factor: float) -> ClusterBlock:
        """Return `factor * image - block`, written into the image."""
        return image.write(
            self.cluster.later(part_tasks.chebyshev_first, image.once(), block.joined(), self._each(float(factor)))
        )

    def chebyshev_next(
        self, image: ClusterBlock, current: ClusterBlock, previous: ClusterBlock, factor: float
    ) -> ClusterBlock:
        """Return `factor * image - 2 * current - previous`, written into the image."""
        terms = image.once(), current.joined(), previous.joined()
        return image.write(self.cluster.later(part_tasks.chebyshev_next, *terms, self._each(float(factor))))

    def lanczos_subtract_previous(
        self,
        image: ClusterBlock,
        current: ClusterBlock,
        previous: ClusterBlock,
        scale: np.ndarray,
        coefficients: np.ndarray,
    ) -> np.ndarray:
        """Write `image * scale - previous * coefficients` into the image, and return the Lanczos diagonal."""
        terms = image.once(), previous.joined(), self._each(scale), self._each(coefficients)
        image.write(self.cluster.later(part_tasks.lanczos_next, *terms))
        return self._sum(self.cluster.map(part_tasks.column_products, image.joined(), current.joined())) * scale

    def lanczos_subtract_current(
        self, image: ClusterBlock, current: ClusterBlock, coefficients: np.ndarray
    ) -> np.ndarray:
        """Write `image - current * coefficients` into the image, and return the squared length of each column."""
        image.write(self.cluster.later(part_tasks.less, image.once(), current.joined(), self._each(coefficients)))
        return self._sum(self.cluster.map(part_tasks.column_squares, image.joined()))


def _scattered(block: Any, chunks: tuple[int, ...]) -> da.Array:
    array = np.asarray(block)
    return da.from_array(array, (chunks, *((size,) for size in array.shape[1:])), name=False)
