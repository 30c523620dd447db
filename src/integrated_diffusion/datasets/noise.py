"""Gaussian noise, the same for every sample or for some groups of samples only.

Both functions always draw one standard normal number an entry, whatever the level: with the same seed, a sweep over
levels scales one and the same noise, so that results along the sweep are paired.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def add_noise(X: np.ndarray, std: float | np.ndarray, random_state: int | np.random.Generator = 0) -> np.ndarray:
    """Add independent Gaussian noise to every entry.

    Parameters
    ----------
    X : numpy.ndarray
        Noiseless data, `(n_samples, n_features)`, float32 or float64.
    std : float or numpy.ndarray
        Standard deviation in the units of `X`: one for all samples, or one a sample, `(n_samples,)`.
    random_state : int or numpy.random.Generator, default 0
        Seed or generator.

    Returns
    -------
    numpy.ndarray
        `X` plus noise, in the type of `X`.

    Raises
    ------
    TypeError
        If `X` is neither float32 nor float64.
    ValueError
        If a standard deviation is negative or not finite, or their number is not that of the samples.

    Examples
    --------
    >>> import numpy as np
    >>> from integrated_diffusion.datasets import add_noise
    >>> round(float(add_noise(np.zeros((500, 20)), std=0.3, random_state=0).std()), 2)
    0.3
    """
    X = np.asarray(X)
    if X.dtype not in (np.float32, np.float64):
        raise TypeError(f"noise: expected float32 or float64 data, found {X.dtype}; convert the values to float first")
    std = np.asarray(std, dtype=X.dtype)
    if std.shape not in ((), (len(X),)):
        raise ValueError(
            f"noise: expected one standard deviation, or one for each of {len(X)} samples, found an array of shape "
            f"{std.shape}; give a number or an array of shape ({len(X)},)"
        )
    _check_not_negative(std, "noise")
    # In place: the noise of 60,000 images is as large as the images, one such block is enough.
    noisy = np.random.default_rng(random_state).standard_normal(X.shape, dtype=X.dtype)
    noisy *= std[:, None] if std.ndim else std
    noisy += X
    return noisy


def add_noise_to_groups(
    X: np.ndarray,
    labels: np.ndarray,
    groups: Sequence[int] | np.ndarray,
    std: float,
    random_state: int | np.random.Generator = 0,
) -> np.ndarray:
    """Add Gaussian noise to the samples of some groups only (the local noise of figure 2B).

    Parameters
    ----------
    X : numpy.ndarray
        Noiseless data, `(n_samples, n_features)`, float32 or float64.
    labels : numpy.ndarray
        Group of every sample, `(n_samples,)`: a branch of a tree, a class of digits.
    groups : sequence of int or numpy.ndarray
        Labels of the noisy groups.
    std : float
        Standard deviation of the noise on these groups, in the units of `X`.
    random_state : int or numpy.random.Generator, default 0
        Seed or generator.

    Returns
    -------
    numpy.ndarray
        `X` with noise on the chosen groups and unchanged elsewhere, in the type of `X`.

    Raises
    ------
    TypeError
        If `X` is neither float32 nor float64.
    ValueError
        If `std` is negative or not finite, the labels are not one a sample, or a group has no samples.

    Examples
    --------
    >>> import numpy as np
    >>> from integrated_diffusion.datasets import add_noise_to_groups
    >>> noisy = add_noise_to_groups(np.zeros((4, 2)), labels=np.array([0, 0, 1, 1]), groups=[1], std=0.5)
    >>> noisy.any(axis=1).tolist()
    [False, False, True, True]
    """
    X, labels = np.asarray(X), np.asarray(labels)
    if labels.shape != (len(X),):
        raise ValueError(
            f"labels: expected one for each of {len(X)} samples, found an array of shape {labels.shape}; "
            f"give an array of shape ({len(X)},)"
        )
    absent = np.setdiff1d(groups, labels)
    if len(absent):
        raise ValueError(
            f"groups: expected labels that samples have, found {', '.join(map(str, absent))}; "
            f"choose among {', '.join(map(str, np.unique(labels)))}"
        )
    _check_not_negative(np.asarray(std), "noise")
    return add_noise(X, np.where(np.isin(labels, groups), std, 0.0), random_state)


def as_levels(levels: Sequence[float] | np.ndarray, what: str) -> np.ndarray:
    """Check noise levels, one a view, and return them as an array; `what` names the parameter."""
    checked = np.asarray(levels, dtype=np.float64)
    if checked.ndim != 1 or not len(checked):
        raise ValueError(f"{what}: expected one level for each view, found {levels!r}; give for instance (0.1, 0.3)")
    _check_not_negative(checked, what)
    return checked


def _check_not_negative(std: np.ndarray, what: str) -> None:
    bad = std[~(np.isfinite(std) & (std >= 0))]
    if bad.size:
        raise ValueError(f"{what}: expected a finite standard deviation of at least 0, found {bad[0]:g}; choose one")
