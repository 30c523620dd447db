"""The sets of cells: their files, what is known about their cells, and which of their features belong together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import anndata.io
import h5py
import numpy as np

from integrated_diffusion.association import Pairs, linked_pairs, matching_pairs, table_pairs
from integrated_diffusion.io import Dataset, read
from integrated_diffusion.io.reading.labels import read_labels

Related = Callable[[Dataset], Pairs]
"""From what was read to the pairs of features of the two views that belong together."""

LINKED = "linked_gene"
"""Where SNARE-seq's peaks name the gene that they belong to."""


@dataclass(frozen=True)
class CellSet:
    """Cells of which two views were sequenced.

    Parameters
    ----------
    name
        What tables and pictures call it.
    file
        Its file, in the data folder.
    views
        The view of genes, and the other one.
    related
        Which features belong together.
    shown
        Genes whose pairs are drawn: each with the partner that most cells have.
    types
        Column of the cells' types; `None` where they are unknown.
    no_type
        What the column calls cells of no type: they are in every fit, and in no score of types.
    markers
        Features of the second view that colour the maps where there are no types.
    n_shuffles
        Number of shuffles of a null.
    """

    name: str
    file: str
    views: tuple[str, str]
    related: Related
    shown: tuple[str, ...]
    types: str | None = None
    no_type: str | None = None
    markers: tuple[str, ...] = ()
    n_shuffles: int = 10

    @property
    def slug(self) -> str:
        """Its name for files."""
        return "".join(letter if letter.isalnum() else "_" for letter in self.name.lower())


def linked(measured: Dataset) -> Pairs:
    """Pair every peak with the gene that the file says it belongs to."""
    genes, peaks = measured.feature_names["rna"], measured.feature_names["atac"]
    with h5py.File(measured.source[0]) as file:
        var = anndata.io.read_elem(file["mod/atac/var"])
    return linked_pairs(genes, peaks, var[LINKED])


@dataclass(frozen=True)
class OwnProteins:
    """Pair every gene with its protein: those of one name, and those that a table names.

    Parameters
    ----------
    table
        Gene and protein whose names differ. Where a gene was not measured, its row is left out.
    """

    table: tuple[tuple[str, str], ...]

    def __call__(self, measured: Dataset) -> Pairs:
        """Return the pairs."""
        genes, proteins = measured.feature_names["rna"], measured.feature_names["prot"]
        alike = matching_pairs(genes, proteins)
        named = list(zip(alike.first_names.tolist(), alike.second_names.tolist(), strict=True))
        measured_genes = set(genes)
        return table_pairs(genes, proteins, [*named, *(row for row in self.table if row[0] in measured_genes)])


SNARE = CellSet(
    "SNARE-seq",
    "snareseq_mouse_cortex.h5mu",
    ("rna", "atac"),
    linked,
    ("Slc17a7", "Cux2", "Gad1", "Mbp", "Slc1a2"),
    types="cell_type",
    no_type="Mis",
    n_shuffles=5,
)
CITE_10K = CellSet(
    "CITE-seq 10k",
    "pbmc10k_citeseq.h5mu",
    ("rna", "prot"),
    OwnProteins(
        (
            ("MS4A1", "CD19_TotalSeqB"),
            ("CD3D", "CD3_TotalSeqB"),
            ("CD3E", "CD3_TotalSeqB"),
            ("CD3G", "CD3_TotalSeqB"),
            ("FCGR3A", "CD16_TotalSeqB"),
            ("NCAM1", "CD56_TotalSeqB"),
            ("IL7R", "CD127_TotalSeqB"),
            ("IL2RA", "CD25_TotalSeqB"),
            ("PDCD1", "PD-1_TotalSeqB"),
        )
    ),
    ("CD14", "CD19", "MS4A1", "CD4", "CD8A", "CD3D"),
    markers=("CD14_TotalSeqB", "CD19_TotalSeqB", "CD4_TotalSeqB", "CD8a_TotalSeqB", "CD3_TotalSeqB"),
)
CITE_800 = CellSet(
    "CITE-seq 800",
    "pbmc_hao2021_citeseq_800.h5mu",
    ("rna", "prot"),
    OwnProteins(
        (
            ("MS4A1", "cd20"),
            ("CD8A", "cd8"),
            ("FCGR3A", "cd16"),
            ("NCAM1", "cd56.1"),
            ("NCAM1", "cd56.2"),
            ("IL2RA", "cd25"),
            ("PDCD1", "cd279"),
        )
    ),
    ("CD19", "MS4A1", "CD8A", "FCGR3A", "NCAM1"),
    types="cell_type",
)
SETS = (SNARE, CITE_10K, CITE_800)
"""Every set, in the order of the page."""


@dataclass(frozen=True, eq=False)
class Counts:
    """What was read of a set.

    Parameters
    ----------
    measured
        Counts of both views.
    types
        Type of each cell, `(n_samples,)`, nothing for cells of no type; `None` where no types are known.
    """

    measured: Dataset
    types: np.ndarray | None

    @property
    def typed(self) -> np.ndarray:
        """Which cells have a type, `(n_samples,)`."""
        n_samples = len(self.measured.sample_names)
        return np.zeros(n_samples, dtype=bool) if self.types is None else self.types != ""


def counts(cells: CellSet, folder: Path, most: int, seed: int) -> Counts:
    """Read a set.

    Parameters
    ----------
    cells
        Which.
    folder
        The data folder.
    most
        Largest number of cells; of more, as many are drawn.
    seed
        Seed of that draw.

    Raises
    ------
    FileNotFoundError
        If the file is not there.
    """
    measured = read(folder / cells.file)
    types = None if cells.types is None else read_labels(measured, cells.types).astype(str)
    if types is not None and cells.no_type is not None:
        types = np.where(types == cells.no_type, "", types)
    n_samples = len(measured.sample_names)
    if n_samples <= most:
        return Counts(measured, types)
    chosen = np.sort(np.random.default_rng(seed).permutation(n_samples)[:most])
    views = {name: X[chosen] for name, X in measured.views.items()}
    names = [measured.sample_names[i] for i in chosen]
    return Counts(
        replace(measured, views=views, sample_names=names),
        None if types is None else types[chosen],
    )
