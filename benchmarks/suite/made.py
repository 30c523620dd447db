"""What the stages are given, made once a size: simulated views and what the published settings make of them."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

import numpy as np
import scipy.sparse as sp

from integrated_diffusion import (
    AlphaDecayKernel,
    DiffusionOperator,
    IntegratedDiffusion,
    Neighbors,
    diffusion_operator,
    find_neighbors,
)
from integrated_diffusion.datasets import tree
from integrated_diffusion.operators import Operator

KERNEL = AlphaDecayKernel(n_neighbors=5, decay=40.0)
"""That of the published settings."""


class Stage:
    """One stage at growing sizes. Memory is that of the process, what the stage is given included."""

    params: ClassVar[list[int]] = [1_000, 10_000, 100_000]
    param_names: ClassVar[list[str]] = ["n_samples"]
    timeout = 600.0


@lru_cache(maxsize=1)
def views(n_samples: int) -> dict[str, np.ndarray]:
    """Two views of 50 features of a tree, float32, in random order."""
    order = np.random.default_rng(1).permutation(n_samples)
    drawn = tree(n_samples=n_samples, n_dimensions=50).views
    return {name: X[order].astype(np.float32) for name, X in drawn.items()}


@lru_cache(maxsize=1)
def neighbors(n_samples: int) -> Neighbors:
    """The neighbours in the first view."""
    return find_neighbors(views(n_samples)["view1"], KERNEL.n_candidates)


@lru_cache(maxsize=1)
def walks(n_samples: int) -> dict[str, DiffusionOperator]:
    """The walk of each view."""
    return {name: diffusion_operator(X, KERNEL, name=name) for name, X in views(n_samples).items()}


def joint(n_samples: int) -> Operator:
    """One step in each view."""
    first, second = walks(n_samples).values()
    return first @ second


def block(n_samples: int, n_columns: int) -> np.ndarray:
    """Columns to apply a walk to, float32."""
    return np.random.default_rng(2).standard_normal((n_samples, n_columns)).astype(np.float32)


def counts(n_samples: int, n_features: int = 500) -> sp.csr_array:
    """Sparse counts, one in twenty above zero, float32."""
    rng = np.random.default_rng(3)
    n_drawn = n_samples * n_features // 20
    places = rng.integers(0, n_samples, n_drawn), rng.integers(0, n_features, n_drawn)
    return sp.csr_array((np.ones(n_drawn, dtype=np.float32), places), shape=(n_samples, n_features))


def fitted(n_samples: int) -> IntegratedDiffusion:
    """A model whose walk takes one step in each view."""
    model = IntegratedDiffusion(n_components=2, kernel=KERNEL, steps={"view1": 1, "view2": 1}, power=1)
    return model.fit(views(n_samples))
