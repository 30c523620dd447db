"""Known pairs of a gene and its protein: both are hidden, the gene is denoised, and must agree with the protein.

Agreement is Spearman's correlation of the denoised gene with the measured protein of the same cells. The pairs' genes
and proteins take no part in building the operator, so that nothing is smoothed towards what it is compared with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from scipy.stats import spearmanr

from experiments.evaluation import sets
from experiments.evaluation.compared import DEFAULT, alone, alternating, cross_validated, published
from experiments.evaluation.sequencing import CITE_10K, CITE_800, RECIPES, counts, made
from experiments.methods.prepared import Prepared
from experiments.study.cells import Cell, Experiment, Measured, Scale
from experiments.study.data import dense
from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.io import Dataset as Counts
from integrated_diffusion.operators import Operator
from integrated_diffusion.selection import CrossValidatedSteps, Split
from integrated_diffusion.views.recipes import prepare
from integrated_diffusion.views.validation import View

NAME = "pairs"
RAW = "as measured"
MEAN = "mean of the pairs"
GENES, PROTEINS = "rna", "prot"


class Pairs(NamedTuple):
    """Pairs of one set.

    Attributes
    ----------
    pairs
        Gene and protein, as the file names them.
    hidden
        Further genes and proteins that would tell a pair: other chains, other clones of the antibody.
    """

    pairs: tuple[tuple[str, str], ...]
    hidden: tuple[str, ...]


PAIRS: Mapping[str, Pairs] = {
    CITE_800: Pairs(
        (("MS4A1", "cd20"), ("CD19", "cd19"), ("FCGR3A", "cd16"), ("CD8A", "cd8"), ("NCAM1", "cd56.1")),
        ("CD8B", "cd8a", "cd56.2"),
    ),
    CITE_10K: Pairs(
        (
            ("CD14", "CD14_TotalSeqB"),
            ("CD8A", "CD8a_TotalSeqB"),
            ("MS4A1", "CD19_TotalSeqB"),
            ("FCGR3A", "CD16_TotalSeqB"),
            ("NCAM1", "CD56_TotalSeqB"),
            ("NKG7", "CD56_TotalSeqB"),
            ("CD4", "CD4_TotalSeqB"),
            ("CD3D", "CD3_TotalSeqB"),
        ),
        ("CD8B", "CD19", "CD3G"),
    ),
}
"""Pairs of each set."""


def cells(scale: Scale) -> list[Cell]:
    """One cell for each set with pairs, and seed."""
    return sets.cells(NAME, scale, list(PAIRS))


def measure(cell: Cell) -> list[Measured]:
    """Agreement of each pair, after each operator."""
    measured, (pairs, hidden) = counts(str(cell["set"])), PAIRS[str(cell["set"])]
    views, split = made(without(measured, {*np.ravel(pairs), *hidden}))
    whole = {name: prepare(X, RECIPES[name], None).values for name, X in measured.views.items()}
    genes = [measured.feature_names[GENES].index(gene) for gene, _ in pairs]
    proteins = [measured.feature_names[PROTEINS].index(protein) for _, protein in pairs]
    measured_genes, measured_proteins = dense(whole[GENES][:, genes]), dense(whole[PROTEINS][:, proteins])
    rows = []
    for name, operator in operators(views, cell.seed, split):
        shown = measured_genes if operator is None else np.asarray(operator @ measured_genes)
        agreement = [float(spearmanr(a, b).statistic) for a, b in zip(shown.T, measured_proteins.T, strict=True)]
        said = [f"{gene}, {protein.split('_')[0]}" for gene, protein in pairs]
        rows += [Measured(name, pair, value) for pair, value in zip(said, agreement, strict=True)]
        rows.append(Measured(name, MEAN, float(np.mean(agreement))))
    return rows


def without(measured: Counts, hidden: set[str]) -> dict[str, View]:
    """Return the counts without some features.

    Parameters
    ----------
    measured
        Counts.
    hidden
        Names of genes and proteins to leave out.
    """
    views = {}
    for name, X in measured.views.items():
        kept = [i for i, feature in enumerate(measured.feature_names[name]) if feature not in hidden]
        views[name] = X[:, kept]
    return views


def operators(views: Mapping[str, View], seed: int, split: Split) -> Iterator[tuple[str, Operator | None]]:
    """Yield nothing at all, each view alone, one step in each, the published method and the default.

    Parameters
    ----------
    views, seed, split
        As in `methods.every_way`.
    """
    yield RAW, None
    prepared = Prepared(views, IntegratedDiffusion(), seed)
    for found in (
        *alone(prepared),
        alternating(prepared),
        published(views, seed),
        cross_validated(DEFAULT, views, seed, CrossValidatedSteps(split=split)),
    ):
        yield found.name, found.operator


EXPERIMENT = Experiment(NAME, cells, measure)
