"""What totalVI and MultiVI have in common: counts in, trained by scvi-tools on the processor until they stop."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import anndata as ad
import numpy as np
import scipy.sparse as sp
import torch

from integrated_diffusion.views.validation import View

GROUP = "group"
"""Column of the annotation that tells the models what was measured."""
N_DRAWS = 25
"""Draws from the posterior of which expected values are the mean."""


def counted(X: View, groups: np.ndarray, feature: str = "gene") -> ad.AnnData:
    """Return counts as the models take them.

    Parameters
    ----------
    X
        Counts, `(n_samples, n_features)`.
    groups
        Name of the group of each sample, `(n_samples,)`.
    feature
        What a feature is called.
    """
    data = ad.AnnData(sp.csr_matrix(X, dtype=np.float32))
    data.obs_names = [f"cell{i}" for i in range(data.n_obs)]
    data.var_names = [f"{feature}{i}" for i in range(data.n_vars)]
    data.obs[GROUP] = np.asarray(groups, dtype=str)
    return data


def loaded() -> Any:
    """Return `scvi`, which takes ten seconds to load."""
    return import_module("scvi")


@contextmanager
def one_thread(random_state: int) -> Iterator[Any]:
    """Yield `scvi`, seeded, on one thread, and silent.

    Parameters
    ----------
    random_state
        Seed of the weights, the split into training and validation, and the draws.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Lightning and of libraries that it loads, about what it may drop some day
        scvi, n_threads = loaded(), torch.get_num_threads()
        torch.set_num_threads(1)
        scvi.settings.seed = random_state
        for name in ("scvi", "lightning.pytorch", "lightning.fabric", "pytorch_lightning"):
            logging.getLogger(name).setLevel(logging.ERROR)
        try:
            yield scvi
        finally:
            torch.set_num_threads(n_threads)


def train(model: Any, most_epochs: int | None = None, weight_decay: float | None = None) -> int:
    """Train a model by its own settings, early stopping among them, and return the number of epochs.

    Parameters
    ----------
    model
        A model of scvi-tools.
    most_epochs
        Epochs after which training ends anyhow; the model's own limit unless given.
    weight_decay
        Decay of the weights; the model's own unless given.
    """
    settings: dict[str, Any] = {} if most_epochs is None else {"max_epochs": most_epochs}
    if weight_decay is not None:
        settings["plan_kwargs"] = {"weight_decay": weight_decay}
    model.train(accelerator="cpu", enable_progress_bar=False, enable_model_summary=False, **settings)
    return len(model.history["elbo_train"])
