"""Multi-omics factor analysis, by mofapy2."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

import numpy as np

from experiments.performance.subjects import Method, Views


def embed(views: Views) -> np.ndarray:
    """Twenty factors, or as many as there are features."""
    from mofapy2.run.entry_point import entry_point

    n_factors = min(20, *(X.shape[1] for X in views.values()))
    with redirect_stdout(io.StringIO()):  # it prints a banner
        model = entry_point()
        model.set_data_options(scale_views=True)
        data = [[X.astype(np.float64)] for X in views.values()]
        model.set_data_matrix(data, likelihoods=["gaussian"] * len(views))
        model.set_model_options(factors=n_factors)
        model.set_train_options(iter=200, convergence_mode="fast", seed=0, verbose=False, quiet=True)
        model.build()
        model.run()
    return np.asarray(model.model.nodes["Z"].getExpectation())


SUBJECT = Method(
    name="MOFA",
    package="mofapy2",
    about="`mofapy2`, Gaussian, up to 200 iterations with its fast rule of convergence, 20 factors",
    embed=embed,
)
