"""Whether a fit on a cluster gives what one in memory gives, on real data: coordinates by exact search, scores by both.

python -m benchmarks.cluster_scores [--single] [SET ...]

Values are in double precision, or with `--single` in single precision, in which files of counts often have them.
Coordinates by exact search, there and in memory, are compared by column, `|found - expected| / |expected|`. Accuracies
are those of labels predicted by the nearest samples; where a set has no labels, the subspaces of ten coordinates are
compared.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any

import dask.array as da
import numpy as np
import scipy.sparse as sp

from benchmarks.recall import agreement, noisy_halves
from experiments.study.data import FOLDER
from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.cluster.client import local_client
from integrated_diffusion.metrics import knn_accuracy
from integrated_diffusion.neighbors import ApproximateSearch, ExactSearch

Drawn = tuple[dict[str, Any], np.ndarray | None]


def mnist() -> Drawn:
    """Noisy halves of ten thousand digits."""
    found = noisy_halves(10_000)
    return found.views, found.labels


def sequenced(file: str) -> Callable[[], Drawn]:
    """Return what reads cells that some view has not lost, with their types where these are known."""

    def read() -> Drawn:
        import mudata

        data = mudata.read_h5mu(FOLDER / file)
        views = {name: sp.csr_array(view.X) for name, view in data.mod.items()}
        kept = np.all([X.sum(axis=1) > 0 for X in views.values()], axis=0)
        labels = data.obs["cell_type"].to_numpy().astype(str)[kept] if "cell_type" in data.obs else None
        return {name: X[kept] for name, X in views.items()}, labels

    return read


SETS: dict[str, Callable[[], Drawn]] = {
    "mnist": mnist,
    "citeseq800": sequenced("pbmc_hao2021_citeseq_800.h5mu"),
    "citeseq10k": sequenced("pbmc10k_citeseq.h5mu"),
    "snareseq": sequenced("snareseq_mouse_cortex.h5mu"),
}


def lazily(X: Any) -> da.Array:
    """Return a view as a dask array of four chunks, sparse if it is."""
    chunks = (-(-X.shape[0] // 4), -1)
    if not sp.issparse(X):
        return da.from_array(X, chunks)
    pieces = [X[start : start + chunks[0]] for start in range(0, X.shape[0], chunks[0])]
    return da.concatenate([da.from_array(piece, piece.shape, asarray=False) for piece in pieces])


def compare(name: str, dtype: type[np.floating], client: Any) -> None:
    """Print what agrees of one set in one precision of its values."""
    drawn, labels = SETS[name]()
    views = {view: X.astype(dtype) for view, X in drawn.items()}
    recipes = None if name == "mnist" else "auto"
    lazy = {view: lazily(X) for view, X in views.items()}
    expected = IntegratedDiffusion(recipes=recipes, search=ExactSearch()).fit(views).embedding_
    exact = IntegratedDiffusion(recipes=recipes, search=ExactSearch()).fit(lazy, client=client)
    found = exact.embedding_.compute()
    error = np.linalg.norm(found - expected, axis=0) / np.linalg.norm(expected, axis=0)
    approximate = IntegratedDiffusion(recipes=recipes, search=ApproximateSearch()).fit(lazy, client=client)
    by_cells = approximate.embedding_.compute()
    if labels is not None:
        scores = [knn_accuracy(X, labels) for X in (expected, found, by_cells)]
        told = "accuracy in memory {:.4f}, on a cluster {:.4f} exact and {:.4f} approximate".format(*scores)
    else:
        told = f"subspace of ten coordinates by approximate search {agreement(by_cells, expected):.4f}"
    print(
        f"{name}, {len(expected):,} samples, {exact.operator_!r} and {approximate.operator_!r}: coordinates differ by "
        f"{error[0]:.1e} in the first, {error[-1]:.1e} in the last, {error.max():.1e} at most; {told}",
        flush=True,
    )


def main(names: list[str], dtype: type[np.floating]) -> None:
    """Compare sets by name, all unless given."""
    warnings.simplefilter("ignore")
    client = local_client(2)
    with client.cluster, client:
        for name in names or SETS:
            compare(name, dtype, client)


if __name__ == "__main__":
    main([name for name in sys.argv[1:] if name != "--single"], np.float32 if "--single" in sys.argv else np.float64)
