"""Block Krylov spaces: a block of vectors and its images under a map, as an orthonormal basis that grows by blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from integrated_diffusion.operators import Workspace
from integrated_diffusion.operators.default_workspace import default_workspace

Apply = Callable[[np.ndarray], np.ndarray]
"""A linear map on blocks of columns. Its image is a new block, which the caller owns."""

_ROUNDING = 1e-15
_MOST_LOSS = 1e-10  # of orthogonality, before what rounding left within the basis is projected out again
_NOTICED_LOSS = 1e-13  # within the basis, above which vectors that are made of it are made orthonormal again


@dataclass(frozen=True, eq=False)
class Residual:
    """What the image of the last block has outside the basis.

    Attributes
    ----------
    block : numpy.ndarray of shape (n, width)
        The image less its projection onto the basis.
    workspace : Workspace
        Operations on it.
    """

    block: np.ndarray
    workspace: Workspace

    @cached_property
    def inner_products(self) -> np.ndarray:
        """Inner products of its columns, shape `(width, width)`."""
        return self.workspace.gram(self.block, self.block)


class KrylovSpace:
    """An orthonormal basis that grows by blocks, and a symmetric map projected onto it.

    Parameters
    ----------
    start : numpy.ndarray of shape (n, width)
        First block. The space takes it over and may write into it.
    max_size : int
        Largest number of basis vectors.
    rng : numpy.random.Generator
        Draws the vectors that replace those that a block of deficient rank lacks.
    workspace : Workspace or None, default None
        Buffers and operations; the images of the map are given back to it. A new one unless given.

    Attributes
    ----------
    size : int
        Number of vectors in the basis.
    residual : Residual
        The image of the last block less its projection onto the basis.
    """

    def __init__(
        self, start: np.ndarray, max_size: int, rng: np.random.Generator, workspace: Workspace | None = None
    ) -> None:
        self._rng, self._workspace = rng, workspace or default_workspace()()
        self._basis = self._workspace.empty_basis(len(start), max_size)
        self._matrix = np.zeros((max_size, max_size))
        self.reset(start)

    def reset(self, start: np.ndarray) -> None:
        """Drop the basis and restart from a block, which the space takes over."""
        self.size, self.width, self._scale = 0, start.shape[1], 0.0
        self.residual = Residual(start, self._workspace)
        self._loss = self._loss_within = _ROUNDING

    @property
    def basis(self) -> np.ndarray:
        """The basis, shape `(n, size)`."""
        return self._basis[:, : self.size]

    @property
    def matrix(self) -> np.ndarray:
        """The map projected onto the basis, `Q^T A Q`, shape `(size, size)`."""
        return self._matrix[: self.size, : self.size]

    @property
    def is_full(self) -> bool:
        """Whether another block would exceed `max_size`, and the basis does not span everything."""
        n, max_size = self._basis.shape
        return max_size < n and self.size + self.width > max_size

    def grow(self, apply: Apply) -> None:
        """Orthonormalise the residual block, add it to the basis, and apply the map to it."""
        n, workspace = len(self._basis), self._workspace
        if self.size + self.width > n:
            self.random_restart(n - self.size)
        block = self._orthonormal(self.residual)
        new = slice(self.size, self.size + block.shape[1])
        workspace.copy_into(block, self._basis[:, new])
        self.size = new.stop
        workspace.give_back(self.residual.block)
        image = apply(block)
        workspace.give_back(block)
        within = self._subtract_projection(image)
        self.residual = Residual(image, workspace)
        self.matrix[:, new], self.matrix[new] = within, within.T
        self._scale = max(self._scale, float(np.abs(within).max()))

    def random_restart(self, width: int) -> None:
        """Replace the residual block by random vectors orthogonal to the basis."""
        block = self._workspace.standard_normal(self._rng, (len(self._basis), width))
        self._subtract_projection(block)
        self.residual = Residual(block, self._workspace)

    def of_basis(self, coefficients: np.ndarray) -> np.ndarray:
        """Return the vectors with these orthonormal coefficients in the basis, shape `(n, n_vectors)`.

        They are made orthonormal where the basis is less so: what it has lost would grow with each restart.
        """
        workspace, found = self._workspace, self._workspace.combine(self.basis, coefficients)
        if self._loss_within <= _NOTICED_LOSS:
            return found
        values, rotation = np.linalg.eigh(workspace.gram(found, found))
        result = workspace.combine(found, (rotation / np.sqrt(values)) @ rotation.T)
        workspace.give_back(found)
        return result

    def ritz(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the Ritz values, largest first, and the coefficients of the Ritz vectors in the basis."""
        values, vectors = np.linalg.eigh(self.matrix)
        return values[::-1], vectors[:, ::-1]

    def residuals(self, vectors: np.ndarray) -> np.ndarray:
        """Return the residual norm `|A v - l v|` of Ritz vectors, given by their coefficients."""
        last = vectors[self.size - self.residual.block.shape[1] :]
        squares = np.einsum("ij,ij->j", last, self.residual.inner_products @ last)
        return np.sqrt(np.maximum(squares, 0))

    def thick_restart(self, values: np.ndarray, vectors: np.ndarray) -> None:
        """Shrink the basis to these Ritz vectors, and keep the residual block (Wu and Simon 2000)."""
        kept = self.of_basis(vectors)
        # The residual block is as little orthogonal to them as the basis was within itself.
        self.size, self._loss, self._loss_within = kept.shape[1], max(self._loss, self._loss_within), _ROUNDING
        self._workspace.copy_into(kept, self.basis)
        self._workspace.give_back(kept)
        self._matrix[:] = 0
        np.fill_diagonal(self.matrix, values)

    def _subtract_projection(self, block: np.ndarray) -> np.ndarray:
        """Subtract the projection of a block onto the basis from it, and return the coefficients of the projection."""
        within = self._workspace.gram(self.basis, block)
        self._workspace.subtract_projection(block, self.basis, within)
        return within

    def _orthonormal(self, residual: Residual) -> np.ndarray:
        """Return a new orthonormal block with the span of one that is orthogonal to the basis (Stathopoulos, Wu 2002).

        A block of deficient rank is completed by random directions: they are added at the size of rounding errors, and
        the small directions are then normalised like the others.
        """
        scale, workspace, block = self._scale, self._workspace, residual.block
        values, rotation = np.linalg.eigh(residual.inner_products)
        if values[0] < _ROUNDING * scale**2:
            noise = workspace.standard_normal(self._rng, block.shape)
            block = workspace.add_scaled(workspace.copy(block), _ROUNDING * scale / np.sqrt(len(block)), noise)
            values, rotation = np.linalg.eigh(workspace.gram(block, block))
        # Normalising also enlarges what rounding left within the basis, block after block: where the map is far larger
        # within the basis than on the rest, by as much each time.
        loss = self._loss * scale / np.sqrt(max(values[0], _ROUNDING * scale**2, np.finfo(float).tiny))
        ill_conditioned = values[0] <= 1e-6 * scale**2 or loss > _MOST_LOSS
        self._loss = _ROUNDING if ill_conditioned else max(loss, _ROUNDING)
        self._loss_within = max(self._loss_within, self._loss)

        def rotated(coefficients: np.ndarray) -> np.ndarray:
            result = workspace.combine(block, coefficients)
            if block is not residual.block:
                workspace.give_back(block)
            return result

        for _ in range(9):
            block = rotated(rotation / np.sqrt(np.maximum(values, _ROUNDING * values[-1])))
            if ill_conditioned:
                self._subtract_projection(block)
            values, rotation = np.linalg.eigh(workspace.gram(block, block))
            if values[0] > 0.9:
                break
        return rotated(rotation / np.sqrt(values))
