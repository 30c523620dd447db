"""Block Krylov spaces: a block of vectors and its images under a map, as an orthonormal basis that grows by blocks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from integrated_diffusion.spectrum.chunks import combined, copied, overlaps, take_off

Apply = Callable[[np.ndarray], np.ndarray]

_ROUNDING = 1e-15


class KrylovSpace:
    """An orthonormal basis that grows by blocks, and what a symmetric map does within it.

    Parameters
    ----------
    start
        First block, shape `(n, width)`.
    room
        Number of vectors the basis may have at most.
    rng
        Draws the vectors that take the place of those a block lacks.
    n_jobs
        Number of threads; the result does not depend on it.

    Attributes
    ----------
    size
        Number of vectors in the basis.
    rest
        What the map makes of the last block outside the basis, shape `(n, width)`.
    """

    def __init__(self, start: np.ndarray, room: int, rng: np.random.Generator, n_jobs: int | None = None) -> None:
        self._rng, self._n_jobs = rng, n_jobs
        self._basis, self._matrix = np.empty((len(start), room)), np.zeros((room, room))
        self.begin(start)

    def begin(self, start: np.ndarray) -> None:
        """Forget the basis and start from a block anew."""
        self.size, self.width, self._scale, self.rest = 0, start.shape[1], 0.0, start

    @property
    def basis(self) -> np.ndarray:
        """The basis, shape `(n, size)`."""
        return self._basis[:, : self.size]

    @property
    def matrix(self) -> np.ndarray:
        """The map within the basis, shape `(size, size)`."""
        return self._matrix[: self.size, : self.size]

    @property
    def is_full(self) -> bool:
        """Whether there is no room for another block, although there are further vectors."""
        n, room = self._basis.shape
        return room < n and self.size + self.width > room

    def grow(self, apply: Apply) -> None:
        """Take the rest into the basis as one more block, and apply the map to it."""
        n = len(self._basis)
        if self.size + self.width > n:
            self.look_elsewhere(n - self.size)
        block = self._orthonormal(self.rest)
        new = slice(self.size, self.size + block.shape[1])
        copied(block, self._basis[:, new], self._n_jobs)
        self.size = new.stop
        self.rest = apply(block)
        within = self._take_out_of_basis(self.rest)
        self.matrix[:, new], self.matrix[new] = within, within.T
        self._scale = max(self._scale, float(np.abs(within).max()))

    def look_elsewhere(self, width: int) -> None:
        """Forget the rest and go on with random vectors outside the basis."""
        self.rest = self._rng.standard_normal((len(self._basis), width))
        self._take_out_of_basis(self.rest)

    def of_basis(self, vectors: np.ndarray) -> np.ndarray:
        """Return vectors that are told in terms of the basis, `(n, n_vectors)`."""
        return combined(self.basis, vectors, self._n_jobs)

    def ritz(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the eigenvalues within the basis, largest first, and their vectors in terms of it."""
        values, vectors = np.linalg.eigh(self.matrix)
        return values[::-1], vectors[:, ::-1]

    def residuals(self, vectors: np.ndarray) -> np.ndarray:
        """Return by how much vectors that `ritz` found miss being eigenvectors, `|A v - l v|`."""
        last = vectors[self.size - self.rest.shape[1] :]
        return np.sqrt(np.maximum(np.einsum("ij,ij->j", last, overlaps(self.rest, self.rest, self._n_jobs) @ last), 0))

    def keep(self, values: np.ndarray, vectors: np.ndarray) -> None:
        """Go on from these vectors of `ritz` and the rest alone (thick restart: Wu and Simon 2000)."""
        kept = self.of_basis(vectors)
        self.size = kept.shape[1]
        copied(kept, self.basis, self._n_jobs)
        self._matrix[:] = 0
        np.fill_diagonal(self.matrix, values)

    def _take_out_of_basis(self, block: np.ndarray) -> np.ndarray:
        """Take the part of a block that lies in the basis out of it, and return that part in terms of the basis."""
        within = overlaps(self.basis, block, self._n_jobs)
        take_off(block, self.basis, within, self._n_jobs)
        return within

    def _orthonormal(self, block: np.ndarray) -> np.ndarray:
        """Return an orthonormal block with the span of one outside the basis (Stathopoulos and Wu 2002).

        A block that spans too little is filled up by random directions: they are added in the size of rounding, and
        what is small here becomes as long as the rest.
        """
        scale, n_jobs = self._scale, self._n_jobs
        values, turned = np.linalg.eigh(overlaps(block, block, n_jobs))
        if values[0] < _ROUNDING * scale**2:
            block = block + _ROUNDING * scale / np.sqrt(len(block)) * self._rng.standard_normal(block.shape)
            values, turned = np.linalg.eigh(overlaps(block, block, n_jobs))
        # What lies in the basis by rounding grows as well, so it has to be taken out again.
        delicate = values[0] <= 1e-6 * scale**2
        for _ in range(9):
            block = combined(block, turned / np.sqrt(np.maximum(values, _ROUNDING * values[-1])), n_jobs)
            if delicate:
                self._take_out_of_basis(block)
            values, turned = np.linalg.eigh(overlaps(block, block, n_jobs))
            if values[0] > 0.9:
                break
        return combined(block, turned / np.sqrt(values), n_jobs)
