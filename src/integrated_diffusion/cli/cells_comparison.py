"""Blood cells by RNA alone, by surface proteins alone, and by both; and a gene, denoised, beside its own protein."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.stats import spearmanr

from integrated_diffusion.datasets import pbmc_citeseq
from integrated_diffusion.embedding import multiscale_map, phate
from integrated_diffusion.metrics import knn_accuracy
from integrated_diffusion.model.estimator import IntegratedDiffusion
from integrated_diffusion.runtime.progress import Progress, silent

INTEGRATED = "RNA and proteins integrated"
TITLES = {"rna": "RNA alone", "prot": "proteins alone"}
GENE, PROTEIN = "CD8A", "cd8"
"""A gene that is counted in few of the cells that have its protein, and the protein."""


@dataclass(frozen=True, eq=False)
class CellsComparison:
    """What integrated diffusion made of the cells.

    Attributes
    ----------
    model : IntegratedDiffusion
        The model fitted to both modalities.
    labels : numpy.ndarray of shape (n_cells,)
        Cell types.
    maps : dict of str to numpy.ndarray
        PHATE coordinates of each modality alone and of the integrated operator, `(n_cells, 2)`, by title.
    accuracies : dict of str to float
        Accuracy of k-nearest-neighbour classification of cell types in each diffusion map, by title.
    features : dict of str to numpy.ndarray
        A gene as measured and denoised, and its protein, `(n_cells,)`, by title.
    agreements : dict of str to float
        Spearman correlation of the gene with its protein, by what was done to the gene.
    """

    model: IntegratedDiffusion
    labels: np.ndarray
    maps: dict[str, np.ndarray]
    accuracies: dict[str, float]
    features: dict[str, np.ndarray]
    agreements: dict[str, float]


def compare_on_cells(random_state: int = 0, progress: Progress = silent) -> CellsComparison:
    """Fit the cells that come with the package, and compare with each modality alone.

    Parameters
    ----------
    random_state : int, default 0
        Seed of the fit.
    progress : Progress, default silent
        Called with the stage that begins.

    Returns
    -------
    CellsComparison
    """
    cells = pbmc_citeseq()
    model = IntegratedDiffusion(recipes="auto", random_state=random_state, verbose=progress).fit(cells)
    progress("embeddings", 1, 3)
    operators = {TITLES[name]: operator for name, operator in model.operators_.items()} | {INTEGRATED: model.operator_}
    maps = {title: phate(operator, random_state=random_state) for title, operator in operators.items()}
    labels = cells.obs["cell_type"].astype(str).to_numpy()
    accuracies = {title: knn_accuracy(multiscale_map(one), labels) for title, one in operators.items()}
    accuracies[INTEGRATED] = knn_accuracy(model.embedding_, labels)
    progress("denoising", 2, 3)
    measured, protein = (_normalised(model, cells, *feature) for feature in (("rna", GENE), ("prot", PROTEIN)))
    denoised = model.denoise("rna", features=[GENE])[:, 0]
    agreements = {
        word: float(spearmanr(gene, protein).statistic)
        for word, gene in (("as measured", measured), ("denoised", denoised))
    }
    features = {
        f"gene {GENE}, in {(measured > 0).mean():.0%} of the cells": measured,
        f"gene {GENE}, denoised": denoised,
        f"its protein, {PROTEIN.partition('.')[0].upper()}": protein,
    }
    return CellsComparison(model.set_params(verbose=False), labels, maps, accuracies, features, agreements)


def _normalised(model: IntegratedDiffusion, cells: Any, view: str, feature: str) -> np.ndarray:
    """Normalised values of one feature, `(n_cells,)`."""
    X = cells[view].X
    values = model.recipes_[view].normalise(sp.csr_array(X) if sp.issparse(X) else X)
    column = values[:, [list(cells[view].var_names).index(feature)]]
    return np.asarray(sp.csr_array(column).toarray())[:, 0]
