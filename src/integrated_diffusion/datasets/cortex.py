"""Brain cells measured by SNARE-seq, RNA and open chromatin: a small real data set that comes with the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "data" / "cortex_multiome.h5mu"
"""The file, which the command line reads too; `data/README.md` beside it states its origin and licence."""


def cortex_multiome() -> Any:
    """Read 800 cells of the mouse cortex with 1,000 genes and 2,000 peaks (SNARE-seq) that come with the package.

    Cells with at least 200 counts of RNA and 120 of chromatin, rare types more often than they are, and the genes and
    peaks that vary most. Chromatin counts of SNARE-seq are very sparse. Less than a megabyte, read from the package
    itself: there is nothing to download.

    Returns
    -------
    mudata.MuData
        Counts, sparse, float32: `mod["rna"]`, 800 x 1,000, and `mod["atac"]`, 800 x 2,000, whose `var["linked_gene"]`
        names the gene of each peak. `obs["cell_type"]` has fourteen types, called from the RNA.

    Notes
    -----
    Origin: Chen, Lake and Zhang, High-throughput sequencing of the transcriptome and chromatin accessibility in the
    same cell, Nature Biotechnology 37, 1452-1457 (2019), Gene Expression Omnibus GSE126074, in the selection and with
    the types and links that come with scMoMaT (github.com/PeterZZQ/scMoMaT, MIT licence); `tools/cortex_multiome.py`
    in the repository chose cells, genes and peaks. NCBI places no restrictions on the use or distribution of data in
    GEO, and cannot exclude that submitters claim rights in theirs.

    Examples
    --------
    >>> from integrated_diffusion import datasets
    >>> cells = datasets.cortex_multiome()
    >>> {name: modality.shape for name, modality in cells.mod.items()}
    {'rna': (800, 1000), 'atac': (800, 2000)}
    """
    from integrated_diffusion.io.reading.opening import open_mudata  # simulated views do without anndata

    return open_mudata([FILE])
