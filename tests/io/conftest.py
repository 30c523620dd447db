"""Small files of every format, and the numbers that went into them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import anndata
import h5py
import mudata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from mudata_settings import own_columns

N = 30


@dataclass(frozen=True, eq=False)
class ArrayBlocks:
    """An array as blocks of columns, which cannot be resumed; `spans` may leave columns out or repeat them."""

    values: np.ndarray
    width: int
    spans: list[tuple[int, int]] | None = None
    error: type[BaseException] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        return self.values.shape

    def __iter__(self) -> Iterator[tuple[slice, np.ndarray]]:
        return self.from_column(0)

    def from_column(self, first: int) -> Iterator[tuple[slice, np.ndarray]]:
        n_columns = self.values.shape[1]
        every = [(at, min(at + self.width, n_columns)) for at in range(first, n_columns, self.width)]
        for number, (start, stop) in enumerate(self.spans if self.spans is not None else every):
            if number == 1 and self.error is not None:
                raise self.error
            yield slice(start, stop), self.values[:, start:stop]

    def fingerprint(self) -> None:
        return None


@pytest.fixture
def array_blocks():
    return ArrayBlocks


@pytest.fixture
def names() -> list[str]:
    return [f"cell{i:03d}" for i in range(N)]


@pytest.fixture
def rna() -> np.ndarray:
    counts = np.random.default_rng(1).poisson(1.0, (N, 7)).astype(np.float32)
    counts[:, 0] += 1
    return counts


@pytest.fixture
def atac() -> np.ndarray:
    counts = np.random.default_rng(2).poisson(0.5, (N, 5)).astype(np.float32)
    counts[:, 1] += 1
    return counts


@pytest.fixture
def shuffled() -> np.ndarray:
    return np.random.default_rng(3).permutation(N)


@pytest.fixture
def h5mu(tmp_path, names, rna, atac, shuffled) -> Path:
    """A MuData whose chromatin has the cells in another order, with a layer, a representation and much else."""
    genes = pd.DataFrame(
        {"feature_types": pd.Categorical(["Gene Expression"] * 7)}, index=[f"gene{i}" for i in range(7)]
    )
    first = anndata.AnnData(sp.csr_matrix(np.log1p(rna)), obs=pd.DataFrame(index=names), var=genes)
    first.layers["counts"] = sp.csc_matrix(rna)
    first.obsm["X_pca"] = rna[:, :3] - 1.5
    second = anndata.AnnData(
        atac[shuffled],
        obs=pd.DataFrame({"depth": np.arange(N)}, index=np.array(names)[shuffled]),
        var=pd.DataFrame(index=[f"peak{i}" for i in range(5)]),
    )
    with own_columns():
        both = mudata.MuData({"rna": first, "atac": second})
        both.obs["cell_type"] = pd.Categorical(["a", "b"] * (N // 2))
        both.uns["note"] = "kept"
        both.write(tmp_path / "both.h5mu")
    return tmp_path / "both.h5mu"


@pytest.fixture
def h5ads(tmp_path, names, rna, atac, shuffled) -> list[Path]:
    first = anndata.AnnData(sp.csr_matrix(rna), obs=pd.DataFrame(index=names))
    first.obsm["X_pca"] = rna[:, :3] - 1.5
    second = anndata.AnnData(atac[shuffled], obs=pd.DataFrame(index=np.array(names)[shuffled]))
    paths = [tmp_path / "rna.h5ad", tmp_path / "atac.h5ad"]
    for part, path in zip((first, second), paths, strict=True):
        part.write_h5ad(path)
    return paths


@pytest.fixture
def tables(tmp_path, names, rna, atac, shuffled) -> list[Path]:
    first = pd.DataFrame(rna, names, [f"gene{i}" for i in range(7)])
    second = pd.DataFrame(atac[shuffled], np.array(names)[shuffled], [f"peak{i}" for i in range(5)])
    first.to_csv(tmp_path / "rna.csv")
    second.to_csv(tmp_path / "atac.tsv", sep="\t")
    return [tmp_path / "rna.csv", tmp_path / "atac.tsv"]


@pytest.fixture
def npz(tmp_path, rna, atac) -> Path:
    np.savez(tmp_path / "views.npz", rna=rna.astype(np.int64), atac=atac, labels=np.arange(N))
    return tmp_path / "views.npz"


@pytest.fixture
def tenx(tmp_path, names, rna, atac) -> Path:
    """Cell Ranger's own layout: features x barcodes, by columns, text as fixed-length bytes."""
    counts = sp.csc_array(np.hstack([rna, atac]).T.astype(np.int32))
    types = ["Gene Expression"] * 7 + ["Peaks"] * 4 + ["CRISPR Guide Capture"]
    with h5py.File(tmp_path / "filtered_feature_bc_matrix.h5", "w") as file:
        group = file.create_group("matrix")
        group["barcodes"] = np.array(names, dtype="S")
        group["data"], group["indices"] = counts.data, counts.indices.astype(np.int64)
        group["indptr"], group["shape"] = counts.indptr.astype(np.int64), np.array(counts.shape, dtype=np.int32)
        features = group.create_group("features")
        features["id"] = features["name"] = np.array([f"feature{i}" for i in range(12)], dtype="S")
        features["feature_type"] = np.array(types, dtype="S")
    return tmp_path / "filtered_feature_bc_matrix.h5"
