"""Multi-omics factor analysis: one set of factors for all views, linear in each (MOFA+, Argelaguet et al. 2020)."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from contextlib import redirect_stdout

import numpy as np
from mofapy2.run.entry_point import entry_point

from experiments.methods.fused import N_COMPONENTS, Learned
from integrated_diffusion.runtime.threads import one_thread

MAX_ITERATIONS = 200


def mofa(views: Mapping[str, np.ndarray], random_state: int = 0, n_factors: int = N_COMPONENTS) -> Learned:
    """Fit Gaussian factors by mofapy2, until its own fast rule of convergence or `MAX_ITERATIONS`.

    Parameters
    ----------
    views
        Each view by name, shape `(n_samples, n_features)`; every feature is centred and every view scaled to variance
        one, as MOFA does.
    random_state
        Seed that mofapy2 is given; it starts at the principal components, so nothing random is left in it.
    n_factors
        Number of factors, where there are as many samples and features.

    Returns
    -------
    Learned
        As many factors, or as many as there are samples or features; those that are not needed are nearly zero.
        Each view as their linear combination.
    """
    means = {name: X.mean(axis=0, dtype=np.float64) for name, X in views.items()}
    scales = {name: float(X.std(dtype=np.float64, mean=means[name])) for name, X in views.items()}
    standard = [(X - means[name]) / scales[name] for name, X in views.items()]
    factors, weights = _factors(standard, random_state, n_factors)
    reconstructed = {name: means[name] + scales[name] * (factors @ W.T) for name, W in zip(views, weights, strict=True)}
    return Learned(factors, reconstructed)


def _factors(views: list[np.ndarray], random_state: int, n_factors: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Expected factors, `(n_samples, n_factors)`, and each view's weights, `(n_features, n_factors)`."""
    n_factors = min(n_factors, len(views[0]), sum(X.shape[1] for X in views))
    with redirect_stdout(io.StringIO()), warnings.catch_warnings(), one_thread():  # it prints a banner
        warnings.simplefilter("ignore", RuntimeWarning)  # and takes 0 log 0, which it then calls zero
        model = entry_point()
        model.set_data_options(scale_views=False)
        model.set_data_matrix([[X] for X in views], likelihoods=["gaussian"] * len(views))
        model.set_model_options(factors=n_factors, ard_weights=True)
        model.set_train_options(
            iter=MAX_ITERATIONS, convergence_mode="fast", seed=random_state, verbose=False, quiet=True
        )
        model.build()
        model.run()
    nodes = model.model.nodes
    return np.asarray(nodes["Z"].getExpectation()), [np.asarray(W) for W in nodes["W"].getExpectation()]
