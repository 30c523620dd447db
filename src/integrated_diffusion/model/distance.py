"""How far new samples are from the training samples, in units of what held-out training samples are.

A training sample is no measure for a new one: components fitted to it show some of its noise, which those of a new
sample lack, so that new samples lie nearer to the others. So part of the training samples is held out, the recipe is
fitted to the rest, and the distances of the part are measured as those of new samples are.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from integrated_diffusion.integration.extension import NewRows
from integrated_diffusion.kernels.bandwidth import BANDWIDTHS, median_distance
from integrated_diffusion.kernels.fitted import FittedKernel
from integrated_diffusion.neighbors import find_neighbors
from integrated_diffusion.neighbors.index import neighbor_index
from integrated_diffusion.views.recipe import Recipe
from integrated_diffusion.views.validation import View

SHARE = 0.01
"""Share of held-out training samples that are further than 1 from the others in some view, at most."""
N_SAMPLES = 10_000
"""Most training samples that are split."""
_HELD_OUT = 5  # one in five
_LEAST = 1e-12


def usual_distances(
    recipe: Recipe, X: View, n_components: int | None, kernel: FittedKernel, n_jobs: int | None = None
) -> np.ndarray:
    """Return the distances of held-out training samples in one view, as `CrossAffinities.distance` of new samples.

    Parameters
    ----------
    recipe : Recipe
        What prepares the view.
    X : array of shape (n_samples, n_features)
        Its measured values; of at most 10,000 samples one in five is held out.
    n_components : int or None
        Number of coordinates of the fit.
    kernel : FittedKernel
        The view's fitted kernel.
    n_jobs : int or None, default None
        Number of threads.

    Returns
    -------
    numpy.ndarray of shape (n_held_out,)
    """
    chosen = np.random.default_rng(0).permutation(X.shape[0])[:N_SAMPLES]
    n_hidden = max(1, len(chosen) // _HELD_OUT)
    hidden, seen = np.sort(chosen[:n_hidden]), np.sort(chosen[n_hidden:])
    fitted, _, points = recipe.fit_transform(X[seen], n_components)
    k = min(kernel.n_neighbors, len(seen) - 1)
    among = find_neighbors(points, k, n_jobs=n_jobs).distances[:, -1]
    found = neighbor_index(points, k, n_jobs=n_jobs).query(fitted.transform(X[hidden]), n_jobs)
    if kernel.rule == "global":
        return np.asarray(found.distances[:, -1] / kernel.bandwidth.max())
    bandwidth = BANDWIDTHS[kernel.rule](among, median_distance(among))[found.indices]
    return np.asarray(found.distances[:, -1] / np.maximum(np.median(bandwidth, axis=1), np.finfo(np.float64).tiny))


def reference_distance(rows: NewRows, usual: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the distance of new samples to the reference, `(n_new,)`, from 0.

    In each view that measured it, a new sample's distance to its k-th nearest training sample is divided by the median
    of the same distance at these neighbours. On the scale of its logarithm, 0 is the median of held-out training
    samples, and 1 is exceeded in some view by one in a hundred of them. The largest over the views is returned: above
    1 a sample is unlike the reference in some view, as cells of a type are that the reference does not have.

    Parameters
    ----------
    rows : NewRows
        The new samples.
    usual : mapping of str to numpy.ndarray
        By view, the distances of held-out training samples, see `usual_distances`.
    """
    measured = {name: ratio for name, ratio in rows.distances.items() if not np.isnan(ratio).all()}
    found = []
    for name, ratio in measured.items():
        logs = np.log(np.maximum(usual[name], _LEAST))
        middle, unit = np.median(logs), np.quantile(logs, 1 - SHARE / len(measured))
        found.append((np.log(np.maximum(ratio, _LEAST)) - middle) / max(unit - middle, _LEAST))
    return np.asarray(np.maximum(np.nanmax(found, axis=0), 0.0))
