"""How good coordinates are, by at most two thousand samples of which the truth is known."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from integrated_diffusion.metrics import demap, knn_accuracy

DEMAP, ACCURACY = "DEMaP", "accuracy"


def scores(truth: Path, coordinates: Path) -> dict[str, float]:
    """Score coordinates of all samples by the few that are compared.

    Parameters
    ----------
    truth
        Which samples are compared, their labels and, if known, their noiseless data; see `sets.Files`.
    coordinates
        Coordinates of all samples, `.npy`, `(n_samples, n_coordinates)`.

    Returns
    -------
    dict of str to float
        `accuracy`, of five nearest neighbours among the compared samples, and, where noiseless data are known,
        `DEMaP`: Spearman's correlation of distances along these with those of the coordinates (Moon et al. 2019).

    Raises
    ------
    ValueError
        If a coordinate is not finite.
    """
    made = np.load(coordinates, mmap_mode="r", allow_pickle=False)
    with np.load(truth, allow_pickle=False) as known:
        scored, labels = known["scored"], known["labels"]
        clean = known["clean"] if "clean" in known.files else None
    points = np.asarray(made[scored], dtype=np.float64)
    found = {ACCURACY: knn_accuracy(points, labels)}
    if clean is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # two thousand samples of a tree may fall into pieces, which are joined
            found[DEMAP] = demap(clean, points, n_samples=len(points))
    return found
