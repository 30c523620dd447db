"""The entropy curve by Lanczos quadrature beside that of all eigenvalues."""

from __future__ import annotations

import time

import numpy as np

from experiments.performance.subjects import Measurement, Numbers, Views, few

T_MAX = 100


def measure(views: Views) -> Numbers:
    """Errors over all steps up to a hundred, and seconds of both ways; the dense one has all cores."""
    from scipy.linalg import eigvalsh

    from integrated_diffusion import IntegratedDiffusion, Spectrum, diffusion_operator, eigenvalues, entropy_curve
    from integrated_diffusion.runtime.threads import one_blas_thread

    X = next(iter(views.values()))
    kernel = IntegratedDiffusion.paper().kernel
    operator = diffusion_operator(X, kernel)
    with one_blas_thread():  # as a fit does
        eigenvalues(diffusion_operator(few(views)[next(iter(views))], kernel))  # loads and compiles
        start = time.perf_counter()
        curve = entropy_curve(eigenvalues(operator), T_MAX)
        quadrature = time.perf_counter() - start
    A = operator.conjugate.toarray(operator.n_samples)
    start = time.perf_counter()
    exact = entropy_curve(Spectrum.of(eigvalsh(A, overwrite_a=True, check_finite=False)), T_MAX)
    dense = time.perf_counter() - start
    error = np.abs(curve.value - exact.value)
    return {
        "quadrature: seconds": quadrature,
        "dense: seconds": dense,
        "largest relative error": float((error / exact.value).max()),
        "largest error in standard errors": float((error / curve.stderr).max()),
        "elbow": curve.elbow,
        "exact elbow": exact.elbow,
    }


SUBJECT = Measurement("entropy", (10_000,), measure)
