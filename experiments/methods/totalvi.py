"""totalVI (Gayoso et al. 2021), a generative model of RNA and protein counts, as scvi-tools makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import anndata as ad
import numpy as np

from experiments.methods.scvi_training import GROUP, N_DRAWS, counted, one_thread, train
from integrated_diffusion.views.validation import View

PAIRED, NO_PROTEIN = "paired", "no protein"
PROTEINS = "proteins"
MAPPING = {"use_layer_norm": "both", "use_batch_norm": "none", "n_layers_decoder": 2, "n_layers_encoder": 2}
"""The network to which new cells can be added, as its tutorial on reference mapping sets it."""
MAPPING_EPOCHS = 200
"""Epochs for new cells, as there; weights are not decayed."""


@dataclass(frozen=True, eq=False)
class TotalVI:
    """A trained model and its cells.

    Parameters
    ----------
    model
        The model of scvi-tools.
    data
        The cells.
    epochs
        Epochs that it trained.
    random_state
        Seed.
    """

    model: Any
    data: ad.AnnData
    epochs: int
    random_state: int

    def latent(self) -> np.ndarray:
        """Return the mean latent coordinates, `(n_samples, 20)`."""
        with one_thread(self.random_state):
            return np.asarray(self.model.get_latent_representation())

    def proteins(self, rows: np.ndarray) -> np.ndarray:
        """Return the protein counts to expect of some cells, background included, had they been measured.

        Parameters
        ----------
        rows
            Indices or mask of the cells.
        """
        with one_thread(self.random_state):
            _, found = self.model.get_normalized_expression(
                indices=np.arange(self.data.n_obs)[rows],
                transform_batch=PAIRED,
                n_samples=N_DRAWS,
                include_protein_background=True,
                return_numpy=True,
            )
        return np.asarray(found, dtype=np.float64)


def totalvi(
    rna: View,
    proteins: np.ndarray,
    measured: np.ndarray | None = None,
    random_state: int = 0,
    for_mapping: bool = False,
    most_epochs: int | None = None,
) -> TotalVI:
    """Train totalVI until its own early stopping.

    Parameters
    ----------
    rna
        Counts of genes, `(n_samples, n_genes)`.
    proteins
        Counts of proteins, `(n_samples, n_proteins)`; those of cells without are not looked at.
    measured
        Which cells have proteins, `(n_samples,)`; all unless given.
    random_state
        Seed.
    for_mapping
        Whether new cells will be added by `mapped`.
    most_epochs
        See `train`.
    """
    measured = np.ones(rna.shape[0], dtype=bool) if measured is None else measured
    data = _cells(rna, proteins, measured)
    with one_thread(random_state) as scvi:
        scvi.model.TOTALVI.setup_anndata(data, protein_expression_obsm_key=PROTEINS, batch_key=GROUP)
        model = scvi.model.TOTALVI(data, **(MAPPING if for_mapping else {}))
        return TotalVI(model, data, train(model, most_epochs), random_state)


def mapped(reference: TotalVI, rna: View, most_epochs: int = MAPPING_EPOCHS) -> TotalVI:
    """Add new cells without proteins to a trained model, whose weights for its own cells stay (scArches).

    Parameters
    ----------
    reference
        Trained with `for_mapping`.
    rna
        Counts of the same genes, `(n_new, n_genes)`.
    most_epochs
        See `train`.
    """
    n_proteins = reference.data.obsm[PROTEINS].shape[1]
    data = _cells(rna, np.zeros((rna.shape[0], n_proteins)), np.zeros(rna.shape[0], dtype=bool))
    with one_thread(reference.random_state) as scvi:
        model = scvi.model.TOTALVI.load_query_data(data, reference.model, freeze_expression=True)
        epochs = train(model, most_epochs, weight_decay=0.0)
    return TotalVI(model, data, epochs, reference.random_state)


def _cells(rna: View, proteins: np.ndarray, measured: np.ndarray) -> ad.AnnData:
    data = counted(rna, np.where(measured, PAIRED, NO_PROTEIN))
    data.obsm[PROTEINS] = np.where(measured[:, None], proteins, 0).astype(np.float32)
    return data
