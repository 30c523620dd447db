"""MultiVI (Ashuach et al. 2023), a generative model of RNA and open chromatin, as scvi-tools makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mudata
import numpy as np
import scipy.sparse as sp

from experiments.methods.scvi_training import GROUP, counted, one_thread, train
from integrated_diffusion.views.validation import View

LEAST_SHARE = 0.01
"""Share of the cells in which a region has to be open to be modelled, as its tutorial advises."""
BOTH, RNA_ONLY, CHROMATIN_ONLY = "both", "RNA only", "chromatin only"


@dataclass(frozen=True, eq=False)
class MultiVI:
    """A trained model.

    Parameters
    ----------
    model
        The model of scvi-tools.
    epochs
        Epochs that it trained.
    random_state
        Seed.
    """

    model: Any
    epochs: int
    random_state: int

    def latent(self) -> np.ndarray:
        """Return the mean latent coordinates, `(n_samples, n_latent)`."""
        with one_thread(self.random_state):
            return np.asarray(self.model.get_latent_representation())

    def rna(self, rows: np.ndarray) -> np.ndarray:
        """Return the expected share of each gene in the counts of some cells, measured or not.

        Parameters
        ----------
        rows
            Indices of the cells.
        """
        with one_thread(self.random_state):
            # at the mean latent coordinates: over draws, scvi-tools 1.4.2 averages the cells too
            found = self.model.get_normalized_expression(indices=rows, transform_batch=BOTH, return_numpy=True)
        return np.asarray(found, dtype=np.float64)


def multivi(
    rna: View,
    chromatin: View,
    has_rna: np.ndarray | None = None,
    has_chromatin: np.ndarray | None = None,
    random_state: int = 0,
    most_epochs: int | None = None,
) -> MultiVI:
    """Train MultiVI until its own early stopping.

    Parameters
    ----------
    rna, chromatin
        Counts of genes and of regions, `(n_samples, n_features)`; those of cells without are not looked at.
    has_rna, has_chromatin
        Which cells were measured, `(n_samples,)`; all unless given.
    random_state
        Seed.
    most_epochs
        See `train`.
    """
    everywhere = np.ones(rna.shape[0], dtype=bool)
    has_rna, has_chromatin = (everywhere if has is None else has for has in (has_rna, has_chromatin))
    genes, regions = (
        sp.csr_array(sp.diags_array(has.astype(np.float32)) @ sp.csr_array(X))
        for has, X in ((has_rna, rna), (has_chromatin, chromatin))
    )
    regions = regions[:, np.flatnonzero((regions > 0).sum(axis=0) >= LEAST_SHARE * has_chromatin.sum())]
    groups = np.where(has_rna & has_chromatin, BOTH, np.where(has_rna, RNA_ONLY, CHROMATIN_ONLY))
    with one_thread(random_state) as scvi:
        data = mudata.MuData({"rna": counted(genes, groups, "gene"), "atac": counted(regions, groups, "region")})
        where = {"rna_layer": "rna", "atac_layer": "atac", "batch_key": "rna"}
        scvi.model.MULTIVI.setup_mudata(data, batch_key=GROUP, modalities=where)
        paired = bool((has_rna & has_chromatin).all())
        model = scvi.model.MULTIVI(data, n_genes=genes.shape[1], n_regions=regions.shape[1], fully_paired=paired)
        return MultiVI(model, train(model, most_epochs), random_state)
