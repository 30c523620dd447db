"""Features found by symbols beside identifiers; peaks and genes by identifiers and by columns of positions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.association import Genes
from integrated_diffusion.io import read_without_values, stored_columns
from integrated_diffusion.io.writing.mudata_file import write_mudata
from integrated_diffusion.scverse import as_mudata, pairs, pl, tl

N = 40
STARTS = np.arange(6) * 500_000 + 1_000_000


def cells(names: list[str], seed: int, **var: object) -> AnnData:
    counts = np.random.default_rng(seed).poisson(2.0, (N, len(names))).astype(np.float32)
    return AnnData(counts, obs=pd.DataFrame(index=[f"c{i}" for i in range(N)]), var=pd.DataFrame(var, index=names))


@pytest.fixture
def joint():
    rna = cells([f"ENSG{i:011d}" for i in range(6)], 0, feature_name=pd.Categorical([f"CD{i}" for i in range(6)]))
    model = IntegratedDiffusion(n_components=3, steps={"rna": 1, "prot": 1})
    return tl.integrate({"rna": rna, "prot": cells(["CD2", "CD4", "IgG"], 1)}, model)


def test_features_by_symbol(joint, tmp_path):
    assert list(tl.denoise(joint, "rna", ["CD5", "ENSG00000000001"])["rna"].obsm["integrated_denoised"]) == [
        "ENSG00000000005",
        "ENSG00000000001",
    ]
    with pytest.raises(ValueError, match="found 'CD9'"):
        tl.denoise(joint, "rna", ["CD9"])
    assert pl.embedding(joint, "rna:CD4") is not None
    stored = read_without_values(write_mudata(joint, tmp_path / "joint.h5mu"))
    assert list(stored_columns(stored, "rna", ["CD5", "CD0"])) == [5, 0]


def test_pairs_by_symbol(joint):
    found = pairs.matching(joint, "rna", "prot").frame()
    assert list(found["first"]) == ["ENSG00000000002", "ENSG00000000004"]
    assert list(found["second"]) == ["CD2", "CD4"]


PLACES = [f"chr1:{start - 500}-{start + 500}" for start in STARTS]
PEAKS = {
    "interval": {"interval": PLACES},
    "columns": {"chrom": "chr1", "start": STARTS - 500, "end": STARTS + 500},
    "seqnames": {"seqnames": "1", "start": STARTS - 500, "end": STARTS + 500},
}


@pytest.mark.parametrize("how", PEAKS)
def test_positions_of_peaks_in_columns(how):
    data = as_mudata(
        {"rna": cells([f"G{i}" for i in range(6)], 0), "atac": cells([f"peak{i}" for i in range(6)], 1, **PEAKS[how])}
    )
    genes = Genes([f"G{i}" for i in range(6)], ["chr1"] * 6, STARTS, STARTS + 2000, ["+"] * 6)
    found = pairs.near(data, "rna", "atac", genes).frame()
    assert list(found["first_column"]) == list(found["second_column"]) == list(range(6))


def test_genes_by_identifier(tmp_path):
    data = as_mudata({"rna": cells([f"ENSG{i:05d}" for i in range(6)], 0), "atac": cells(PLACES, 1)})
    rows = (
        f'chr1\tx\tgene\t{s}\t{s + 2000}\t.\t+\t.\tgene_id "ENSG{i:05d}.3"; gene_name "G{i}";'
        for i, s in enumerate(STARTS)
    )
    (tmp_path / "genes.gtf").write_text("\n".join(rows) + "\n")
    found = pairs.near(data, "rna", "atac", tmp_path / "genes.gtf").frame()
    assert list(found["first"]) == [f"ENSG{i:05d}" for i in range(6)]
