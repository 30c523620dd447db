"""Write the cells of `datasets.cortex_multiome()`: `python tools/cortex_multiome.py INPUT.h5mu OUTPUT.h5mu`.

The input is the set of SNARE-seq cells as scMoMaT filtered it (see `data/README.md` beside the output).
"""

from __future__ import annotations

import sys
from pathlib import Path

import anndata as ad
import mudata
import numpy as np
import pandas as pd
import scipy.sparse as sp

N_CELLS, N_GENES, N_PEAKS = 800, 1_000, 2_000
LEAST = {"rna": 200, "atac": 120}
"""Counts that a cell has at least."""
UNTYPED = "Mis"
KINDS = {"rna": "Gene Expression", "atac": "Peaks"}
SOURCE = (
    "Chen et al. 2019, Nature Biotechnology 37:1452, GEO GSE126074 (SNARE-seq, adult mouse cortex); {} cells, "
    "{} genes, {} peaks chosen from those distributed with scMoMaT (PeterZZQ/scMoMaT, MIT licence); counts"
)


def deep_enough(data: mudata.MuData) -> np.ndarray:
    """Cells with a type and with counts enough in both modalities, `(n_cells,)` booleans."""
    depths = {name: np.asarray(data[name].X.sum(axis=1)).ravel() for name in LEAST}
    is_typed = (data.obs["cell_type"] != UNTYPED).to_numpy()
    return is_typed & np.logical_and.reduce([depths[name] >= least for name, least in LEAST.items()])


def stratified(types: pd.Series, n_cells: int, rng: np.random.Generator) -> np.ndarray:
    """Numbers of cells drawn from each type, by the square root of its size, so that rare types are seen."""
    shuffled = types.reset_index(drop=True).sample(frac=1, random_state=rng)
    place = shuffled.groupby(shuffled).cumcount() + 0.5
    size = shuffled.groupby(shuffled).transform("size")
    first = (place / np.sqrt(size)).nsmallest(n_cells)
    return np.sort(first.index.to_numpy())


def most_variable(X: sp.csr_matrix, n_features: int) -> np.ndarray:
    """Numbers of the features whose logarithm of counts per cell of median depth varies most."""
    depth = np.asarray(X.sum(axis=1)).ravel()
    scaled = sp.diags_array(np.median(depth) / depth) @ sp.csr_array(X.astype(np.float64))
    scaled.data = np.log1p(scaled.data)
    variance = scaled.multiply(scaled).mean(axis=0) - scaled.mean(axis=0) ** 2
    return np.sort(np.argsort(-variance, kind="stable")[:n_features])


def chosen(data: mudata.MuData) -> mudata.MuData:
    """The cells and features that come with the package."""
    typed = np.flatnonzero(deep_enough(data))
    types = data.obs["cell_type"].astype(str)
    rows = typed[stratified(types.iloc[typed], N_CELLS, np.random.default_rng(0))]
    obs = pd.DataFrame(index=pd.Index(data.obs_names[rows].astype(str)))
    modalities = {}
    for name, n_features in (("rna", N_GENES), ("atac", N_PEAKS)):
        X = data[name].X.tocsr()[rows]
        columns = most_variable(X, n_features)
        var = pd.DataFrame({"feature_types": KINDS[name]}, index=data[name].var_names[columns].astype(str))
        if name == "atac":
            var["linked_gene"] = data[name].var["linked_gene"].iloc[columns].astype(str).to_numpy()
        modalities[name] = ad.AnnData(sp.csr_matrix(X[:, columns], dtype=np.float32), obs=obs.copy(), var=var)
    found = mudata.MuData(modalities)
    found.obs["cell_type"] = pd.Categorical(types.iloc[rows])
    found.uns["source"] = SOURCE.format(len(rows), N_GENES, N_PEAKS)
    return found


def main(source: Path, output: Path) -> None:
    """Read, choose, write."""
    if hasattr(mudata, "set_options"):  # mudata 0.4 does not copy the columns by default
        mudata.set_options(pull_on_update=False)
    found = chosen(mudata.read_h5mu(source))
    found.write(output, compression="gzip", compression_opts=9)
    print(f"{output}: {found.n_obs} cells, {output.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
