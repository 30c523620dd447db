"""What tasks compute of one part of the rows of blocks."""

from __future__ import annotations

import numpy as np
from scipy.linalg import qr

from integrated_diffusion.cluster.block import chosen, converted


def as_columns(vector: np.ndarray) -> np.ndarray:
    """Return a vector as one column."""
    return vector.reshape(-1, 1)


def zeros(n_rows: int, n_columns: int, dtype: np.dtype) -> np.ndarray:
    """Return zeros."""
    return np.zeros((n_rows, n_columns), dtype)


def normal(seed: list[int], n_rows: int, n_columns: int) -> np.ndarray:
    """Draw standard normal numbers."""
    return np.random.default_rng(seed).standard_normal((n_rows, n_columns))


def signs(seed: list[int], n_rows: int, n_columns: int) -> np.ndarray:
    """Draw ones and minus ones."""
    return np.random.default_rng(seed).integers(0, 2, size=(n_rows, n_columns), dtype=np.int8) * 2.0 - 1.0


def weighted(block: np.ndarray, weight: float) -> np.ndarray:
    """Return `weight * block` in the precision of the block."""
    return block * block.dtype.type(weight)


def sums(total: np.ndarray, weight: float, term: np.ndarray) -> np.ndarray:
    """Return `total + weight * term`."""
    found = term * term.dtype.type(weight)
    found += total
    return found


def row_scaled(block: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Multiply every row by its factor, a column of which is given."""
    return block * factors.astype(block.dtype, copy=False)


def divided(block: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Divide every column by a number."""
    return np.asarray(block / lengths)


def column_squares(block: np.ndarray) -> np.ndarray:
    """Return the sum of the squares of every column."""
    return np.square(block, dtype=np.float64).sum(axis=0)


def column_products(block: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the inner product of every column with that of another block."""
    return np.einsum("ij,ij->j", block, other, dtype=np.float64)


def inner_products(
    left: list[np.ndarray],
    left_columns: list[slice | None],
    right: list[np.ndarray],
    right_columns: list[slice | None],
) -> np.ndarray:
    """Return the inner products of the columns of two blocks, each in several arrays."""
    return np.block(
        [
            [chosen(a, some).T @ chosen(b, others) for b, others in zip(right, right_columns, strict=True)]
            for a, some in zip(left, left_columns, strict=True)
        ]
    )


def combined(arrays: list[np.ndarray], columns: list[slice | None], coefficients: np.ndarray) -> np.ndarray:
    """Return a combination of the columns of several arrays."""
    total, first = np.zeros((len(arrays[0]), coefficients.shape[1])), 0
    for array, some in zip(arrays, columns, strict=True):
        piece = chosen(array, some)
        total += piece @ coefficients[first : first + piece.shape[1]]
        first += piece.shape[1]
    return total


def projected_out(
    block: np.ndarray, arrays: list[np.ndarray], columns: list[slice | None], coefficients: np.ndarray
) -> np.ndarray:
    """Return a block less a combination of the columns of several arrays."""
    total = combined(arrays, columns, coefficients)
    return converted(np.subtract(block, total, out=total), block.dtype)


def part_triangle(block: np.ndarray) -> np.ndarray:
    """Return `R` of the QR decomposition of a part."""
    (R,) = qr(block, mode="r", check_finite=False)
    return np.asarray(R[: block.shape[1]])


def chebyshev_first(image: np.ndarray, block: np.ndarray, factor: float) -> np.ndarray:
    """Return `factor * image - block`."""
    found = image * image.dtype.type(factor)
    found -= block
    return found


def chebyshev_next(image: np.ndarray, current: np.ndarray, previous: np.ndarray, factor: float) -> np.ndarray:
    """Return `factor * image - 2 * current - previous`."""
    found = image * image.dtype.type(factor)
    found -= current + current
    found -= previous
    return found


def lanczos_next(image: np.ndarray, previous: np.ndarray, scale: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Return `image * scale - previous * coefficients` in the precision of the image."""
    return converted(image * scale - previous * coefficients, image.dtype)


def less(image: np.ndarray, current: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Return `image - current * coefficients` in the precision of the image."""
    return converted(image - current * coefficients, image.dtype)
