"""What every simulation returns: several noisy views of the same samples, beside the truth they came from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False, repr=False)
class NoisyViews:
    """Several noisy views of the same samples, with the noiseless data and the labels.

    Parameters
    ----------
    views : dict of str to numpy.ndarray
        Noisy measurements by name (`view1`, `view2`, ...), each `(n_samples, n_features)`.
    clean : numpy.ndarray
        The noiseless data, `(n_samples, n_features)`.
    labels : numpy.ndarray
        Class or branch of every sample, `(n_samples,)`.

    Examples
    --------
    >>> import numpy as np
    >>> from integrated_diffusion.datasets import NoisyViews
    >>> NoisyViews({"view1": np.ones((3, 2))}, clean=np.ones((3, 2)), labels=np.array([0, 0, 1]))
    NoisyViews(3 samples, 2 labels: view1 3 x 2; float64)
    """

    views: dict[str, np.ndarray]
    clean: np.ndarray
    labels: np.ndarray

    def __repr__(self) -> str:
        """Count samples, labels and the features of every view."""
        shapes = ", ".join(f"{name} {X.shape[0]:,} x {X.shape[1]:,}" for name, X in self.views.items())
        n_labels = len(np.unique(self.labels))
        return f"NoisyViews({len(self.clean):,} samples, {n_labels:,} labels: {shapes}; {self.clean.dtype})"
