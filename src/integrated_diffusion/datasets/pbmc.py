"""Blood cells measured by CITE-seq: a small real data set that comes with the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "data" / "pbmc_citeseq.h5mu"
"""The file, which the command line reads too; `data/README.md` beside it states its origin and licence."""


def pbmc_citeseq() -> Any:
    """Read 800 human blood cells with 500 genes and 224 surface proteins (CITE-seq) that come with the package.

    Two of the donors of Hao et al. (2021), with about 400 cells each and the genes that vary most. Half a megabyte,
    read from the package itself: there is nothing to download.

    Returns
    -------
    mudata.MuData
        Counts: `mod["rna"]`, 800 x 500, sparse, and `mod["prot"]`, 800 x 224, both float32. `obs["cell_type"]` has
        eight types, called by the authors from both modalities, and `obs["batch"]` the donor (`p3_0` and `p4_0`).

    Notes
    -----
    Origin: Hao et al., Integrated analysis of multimodal single-cell data, Cell 184, 3573-3587 (2021), Gene Expression
    Omnibus GSE164378, in the selection of cells and genes that comes with MIDAS (github.com/labomics/midas, MIT
    licence). NCBI places no restrictions on the use or distribution of data in GEO, and cannot exclude that submitters
    claim rights in theirs.

    Examples
    --------
    >>> from integrated_diffusion import datasets
    >>> cells = datasets.pbmc_citeseq()
    >>> {name: modality.shape for name, modality in cells.mod.items()}
    {'rna': (800, 500), 'prot': (800, 224)}
    """
    from integrated_diffusion.io.reading.opening import open_mudata  # simulated views do without anndata

    return open_mudata([FILE])
