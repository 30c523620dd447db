"""Steps of the three-term recurrences: Chebyshev polynomials, and the Lanczos process."""

from __future__ import annotations

import numpy as np

from integrated_diffusion.operators.blocks import Block, Buffers


class Recurrences(Buffers):
    """The elementwise part of one step of a recurrence; the product with the operator comes before it."""

    def chebyshev_first(self, image: Block, block: Block, factor: float) -> Block:
        """Return `factor * image - block` for the image `A block`, written into a dense image.

        With `factor = 2 / b` this is `T_1(2 A / b - 1) block`, the first step of the recurrence for `[0, b]`.
        """
        image *= image.dtype.type(factor)
        image -= block
        return image

    def chebyshev_next(self, image: Block, current: Block, previous: Block, factor: float) -> Block:
        """Return `factor * image - 2 * current - previous` for the image `A current`, written into a dense image.

        With `factor = 4 / b` this is the step `T_(k+1)(x) = 2 x T_k(x) - T_(k-1)(x)` for `x = 2 A / b - 1`.
        """
        image *= image.dtype.type(factor)
        image -= current + current
        image -= previous
        return image

    def lanczos_subtract_previous(
        self,
        image: np.ndarray,
        current: np.ndarray,
        previous: np.ndarray,
        scale: np.ndarray,
        coefficients: np.ndarray,
    ) -> np.ndarray:
        """Write `image * scale - previous * coefficients` into the image, and return the Lanczos diagonal.

        Parameters
        ----------
        image, current, previous : numpy.ndarray of shape (n_samples, n_columns)
            `A current`, and the last two blocks of the recurrence.
        scale, coefficients : numpy.ndarray of shape (n_columns,), float64
            One number per column; `current * scale` has columns of length one.

        Returns
        -------
        numpy.ndarray of shape (n_columns,)
            Inner product of each new column with that of `current * scale`, before it is rounded to the block's
            precision, summed row by row.
        """

        def work(rows: slice) -> np.ndarray:
            value = image[rows] * scale - previous[rows] * coefficients
            image[rows] = value
            return _sum_rows(value * current[rows] * scale)

        return self.sum_over_chunks(work, len(image))

    def lanczos_subtract_current(self, image: np.ndarray, current: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
        """Write `image - current * coefficients` into the image, and return the squared length of each column."""

        def work(rows: slice) -> np.ndarray:
            value = image[rows] - current[rows] * coefficients
            image[rows] = value
            return _sum_rows(value * value)

        return self.sum_over_chunks(work, len(image))


def _sum_rows(values: np.ndarray) -> np.ndarray:
    """Sum of each column, row by row; numpy's `sum` adds some of them in pairs."""
    return np.cumsum(values, axis=0)[-1]
