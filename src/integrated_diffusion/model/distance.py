"""How far new samples are from the training samples, in units of the distances between these."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from integrated_diffusion.integration.extension import NewRows, ViewExtension

QUANTILE = 0.99
"""Share of the training samples that are nearer to the others than a distance of 1."""
N_SAMPLES = 2_000
_LEAST = 1e-12


def reference_distance(rows: NewRows, views: Mapping[str, ViewExtension]) -> np.ndarray:
    """Return the distance of new samples to the reference, `(n_new,)`.

    In each view that measured it, a new sample's distance to its k-th nearest training sample is divided by the median
    of the same distance at these neighbours. One in a hundred training samples has a larger ratio than the unit that
    this is measured in. The largest over the views is returned: above 1 a sample is unlike the reference in some view,
    as cells of a type are that the reference does not have.

    Parameters
    ----------
    rows : NewRows
        The new samples.
    views : mapping of str to ViewExtension
        The training samples, of which at most 2,000, evenly spaced, are compared with all others.
    """
    found = []
    for name, ratio in rows.distances.items():
        if np.isnan(ratio).all():
            continue
        points = views[name].points
        chosen = np.unique(np.linspace(0, points.shape[0] - 1, min(N_SAMPLES, points.shape[0])).astype(np.intp))
        usual = np.log(np.maximum(views[name].affinities(points[chosen]).distance, _LEAST))
        middle, unit = np.median(usual), np.quantile(usual, QUANTILE)
        found.append((np.log(np.maximum(ratio, _LEAST)) - middle) / max(unit - middle, _LEAST))
    return np.asarray(np.maximum(np.nanmax(found, axis=0), 0.0))
