"""Errors of all smoothers of held-out features, without a second measurement: Mallows' estimate and its noise variance.

With values `X = F + e`, of which only `X` is known, and a smoother `M` that does not depend on the noise `e`, the
squared error about `F` of sample `i` is estimated without bias by `|X - M X|_i^2 + 2 v_i M_ii - v_i`, with `v_i` the
variance of its noise (Mallows 1973). Samples of more noise lie apart from others and keep more of themselves, so each
sample needs a variance of its own. Prediction of held-out samples alone could not tell how much of the measured value
to keep: it never sees it.
"""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import KFold

from integrated_diffusion.operators import Operator
from integrated_diffusion.selection.smoother_errors import AMOUNTS, smoothed_by_all
from integrated_diffusion.views.validation import View

N_FOLDS = 4
"""Parts of the samples, each predicted from the others."""
N_PROBES = 32
"""Random vectors of which a trace is estimated."""
_PENALTIES = np.logspace(-4, 2, 13)  # of the ridge, a sample, for coordinates whose largest variance is one


def estimated_errors(
    operators: dict[str, Operator],
    measured: np.ndarray,
    noise: np.ndarray,
    rng: np.random.Generator,
    order: np.ndarray | None = None,
) -> np.ndarray:
    """Return Mallows' estimate of the error of every smoother, `(n_kinds, n_amounts)`, as `smoother_errors` does.

    Parameters
    ----------
    operators : dict of str to Operator
        The view's own diffusion operator and the integrated one, built without the features.
    measured : numpy.ndarray of shape (n_samples, n)
        The features.
    noise : numpy.ndarray of shape (n_samples,)
        Variance of each sample's noise, mean over the features.
    rng : numpy.random.Generator
        Source of the probes, by which the diagonals are estimated.
    order : numpy.ndarray of int, shape (n_samples,), or None, default None
        Samples in the order in which the probes are drawn; that of the rows if `None`.
    """
    probes = rng.choice([-1.0, 1.0], size=(len(measured), N_PROBES))
    if order is not None:
        probes = probes[np.argsort(order)]
    rows = []
    for X, Z in zip(smoothed_by_all(operators, measured), smoothed_by_all(operators, probes), strict=True):
        step, own = float(np.mean(np.square(X - measured))), float(np.mean(noise[:, None] * Z * probes))
        rows.append(AMOUNTS**2 * step + 2 * ((1 - AMOUNTS) * noise.mean() + AMOUNTS * own) - noise.mean())
    return np.array(rows)


def noise_variance(
    measured: np.ndarray, coordinates: View, operator: Operator, seed: int, order: np.ndarray | None = None
) -> np.ndarray:
    """Return the variance of each sample's noise, mean over features, `(n_samples,)`: what nothing else predicts.

    Noise that is independent between features, samples and views is left over by the best prediction of a feature from
    everything else. Ridge regression on the other features of the same sample, the mean over similar samples, and the
    mean of what the regression leaves over are tried; the least squared error, an upper bound, is taken.

    Parameters
    ----------
    measured : numpy.ndarray of shape (n_samples, n)
        The features.
    coordinates : array of shape (n_samples, n_coordinates)
        Coordinates of the view's other features.
    operator : Operator
        An operator that was built without the features.
    seed : int
        Seed of the parts of the samples.
    order : numpy.ndarray of int, shape (n_samples,), or None, default None
        Samples in the order in which they are drawn from; that of the rows if `None`.
    """
    X = np.asarray(coordinates if isinstance(coordinates, np.ndarray) else coordinates.toarray(), dtype=np.float64)
    X = X / (np.sqrt(X.var(axis=0).max()) or 1.0)
    errors = np.zeros((3, len(X)))
    drawn_from = np.arange(len(X)) if order is None else order
    for parts in KFold(N_FOLDS, shuffle=True, random_state=seed).split(X):
        seen, hidden = (np.sort(drawn_from[part]) for part in parts)
        centre, target = measured[seen].mean(axis=0), measured[hidden]
        ridge = RidgeCV(_PENALTIES * len(seen)).fit(X[seen], measured[seen])
        left = measured - ridge.predict(X).reshape(measured.shape)
        similar = _mean_of_seen(operator, measured - centre, seen)[hidden] + centre
        similar_left = _mean_of_seen(operator, left, seen)[hidden]
        for i, error in enumerate((left[hidden], target - similar, left[hidden] - similar_left)):
            errors[i, hidden] = np.square(error).mean(axis=1)
    return np.asarray(errors[errors.mean(axis=1).argmin()])


def _mean_of_seen(operator: Operator, values: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """The operator's own average over the samples that were seen; zero at a sample that reaches none."""
    weights = np.zeros((len(values), 1))
    weights[seen] = 1.0
    reached = operator @ np.hstack([weights * values, weights])
    return np.divide(reached[:, :-1], reached[:, -1:], out=np.zeros_like(values), where=reached[:, -1:] > 0)
