"""Held-out prediction within batches: a batch effect that both halves of the features share then predicts nothing.

Samples are held out of every batch, and are predicted from training samples of their own batch alone, relative to the
mean of these. Whatever is added to all samples of a batch changes neither an error nor the error of the mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields

import numpy as np

from integrated_diffusion.operators import Operator
from integrated_diffusion.selection.cv_split import CrossValidationSplit
from integrated_diffusion.views.batches import Batches


@dataclass(frozen=True, eq=False)
class BatchedSplit(CrossValidationSplit):
    """A cross-validation split in which samples are predicted by training samples of their own batch.

    Attributes
    ----------
    codes : numpy.ndarray of int, shape (n_samples,)
        Batch of every sample.
    """

    codes: np.ndarray = field(kw_only=True)

    def _predict(self, operator: Operator) -> dict[str, np.ndarray]:
        predicted = {name: np.zeros((len(self.held_out), B.shape[1]), B.dtype) for name, B in self.targets.items()}
        for here, split in self._batches(self.seen):
            rows = here[self.held_out]
            for name, found in CrossValidationSplit._predict(split, operator).items():
                predicted[name][rows] = found[rows]
        return predicted

    def local_log_errors(self) -> dict[str, np.ndarray]:
        """Log error of each view at each sample, by the training samples of its batch."""
        return self._local_log_errors(self.seen)

    def local_log_errors_of_all(self) -> dict[str, np.ndarray]:
        """The same by all samples of its batch."""
        return self._local_log_errors(np.ones_like(self.seen))

    def _local_log_errors(self, seen: np.ndarray) -> dict[str, np.ndarray]:
        errors: dict[str, np.ndarray] = {name: np.zeros(len(self.codes)) for name in self.operators}
        for here, split in self._batches(seen):
            for name, found in split.local_log_errors().items():
                errors[name][here] = found[here]
        return errors

    def _batches(self, seen: np.ndarray) -> Iterator[tuple[np.ndarray, CrossValidationSplit]]:
        """Yield each batch with the split whose training samples are its own."""
        shared = {part.name: getattr(self, part.name) for part in fields(CrossValidationSplit)}
        for batch in np.unique(self.codes):
            here = self.codes == batch
            yield here, CrossValidationSplit(**{**shared, "seen": seen * here.astype(seen.dtype)})


def within_batches(cv_split: CrossValidationSplit, batches: Batches | None) -> CrossValidationSplit:
    """Return a split that predicts within batches, or the same split where there are none.

    Parameters
    ----------
    cv_split : CrossValidationSplit
        A split whose targets are centred within batches.
    batches : Batches or None
        Batch of every sample.
    """
    if batches is None:
        return cv_split
    shared = {part.name: getattr(cv_split, part.name) for part in fields(CrossValidationSplit)}
    return BatchedSplit(**shared, codes=batches.codes)
