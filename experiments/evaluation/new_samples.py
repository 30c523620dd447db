"""New samples: a fifth of each data set held out, placed by `transform` and compared with a fit of all samples.

`python -m experiments.evaluation.new_samples` prints the table of docs/howto/new_samples.md, on two cores in two
minutes.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import mudata
import numpy as np
import scipy.sparse as sp
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from experiments.study.data import FOLDER, UCI, six_views
from experiments.study.markdown import table
from integrated_diffusion import IntegratedDiffusion, Views
from integrated_diffusion.model.distance import reference_distance, usual_distances

K = 15
N_LEFT_OUT = 3


@dataclass(frozen=True, eq=False)
class Paired:
    """Views of the same samples, the recipes for them, which view is hidden, and labels where there are any."""

    name: str
    views: Mapping[str, np.ndarray | sp.csr_array]
    recipes: Mapping[str, str] | None
    hidden: str
    labels: np.ndarray | None


def paired_sets(n_samples: int = 2500, seed: int = 0) -> Iterator[Paired]:
    """Yield the sets whose files are there, at most `n_samples` samples of each."""
    files = (
        ("CITE-seq, 800 cells", "pbmc_hao2021_citeseq_800.h5mu", {"rna": "rna", "prot": "protein"}, "prot"),
        ("CITE-seq, 10k", "pbmc10k_citeseq.h5mu", {"rna": "rna", "prot": "protein"}, "prot"),
        ("SNARE-seq", "snareseq_mouse_cortex.h5mu", {"rna": "rna", "atac": "chromatin"}, "rna"),
    )
    rng = np.random.default_rng(seed)
    for name, file, recipes, hidden in files:
        if not (FOLDER / file).exists():
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            mdata = mudata.read_h5mu(FOLDER / file)
        labels = np.asarray(mdata.obs["cell_type"], dtype=str) if "cell_type" in mdata.obs else None
        kept = np.arange(mdata.n_obs) if labels is None else np.flatnonzero(labels != "Mis")
        kept = np.sort(rng.permutation(kept)[:n_samples])
        views = {view: sp.csr_array(mdata[view].X)[kept].astype(np.float32) for views in [recipes] for view in views}
        views = {view: X[:, np.flatnonzero(np.asarray(X.sum(axis=0)).ravel() > 0)] for view, X in views.items()}
        yield Paired(name, views, recipes, hidden, None if labels is None else labels[kept])
    if (FOLDER / "uci_mfeat_digits.npz").exists():
        made = six_views([], 0.0, n_samples, seed, ["fou", "fac", "kar", "pix", "zer", "mor"])
        yield Paired(f"{UCI}, six views", made.views, None, "fou", made.labels)


def aligned_correlation(found: np.ndarray, target: np.ndarray, train: np.ndarray, test: np.ndarray) -> float:
    """Return the Procrustes correlation of test rows after the best rotation, scale and shift of the training rows."""
    centre, other = found[train].mean(axis=0), target[train].mean(axis=0)
    A, B = found - centre, target - other
    U, s, V = np.linalg.svd(A[train].T @ B[train])
    turned = A @ U @ V * (s.sum() / np.square(A[train]).sum())
    residual = np.square(turned[test] - B[test]).sum() / np.square(B[test] - B[test].mean(axis=0)).sum()
    return float(np.sqrt(max(0.0, 1 - residual)))


def correlation(found: np.ndarray, truth: np.ndarray) -> float:
    """Return the mean over features of the correlation of predicted and true values."""
    a, b = found - found.mean(axis=0), truth - truth.mean(axis=0)
    lengths = np.linalg.norm(a, axis=0) * np.linalg.norm(b, axis=0)
    return float(np.mean((a * b).sum(axis=0)[lengths > 0] / lengths[lengths > 0]))


def scores(data: Paired, seed: int = 0) -> dict[str, float]:
    """Return all scores of one set, by name."""
    views = Views(data.views)
    n = views.shape[0]
    chosen = np.random.default_rng(seed).permutation(n)
    test, train = np.sort(chosen[: n // 5]), np.sort(chosen[n // 5 :])
    model = IntegratedDiffusion(recipes=data.recipes, n_components=50).fit(views[train])
    refit = IntegratedDiffusion(recipes=data.recipes, n_components=50).fit(views)
    new = views[test]
    joint = np.empty((n, 50))
    joint[train], joint[test] = model.embedding_, model.transform(new)
    found = {
        "Procrustes, held out": aligned_correlation(joint, refit.embedding_, train, test),
        "Procrustes, training": aligned_correlation(joint, refit.embedding_, train, train),
    }
    if data.labels is not None:
        y, truth = data.labels[train], data.labels[test]

        def accuracy(X: np.ndarray) -> float:
            return float(KNeighborsClassifier(K).fit(X[train], y).score(X[test], truth))

        found |= {"labels: kNN in the refit": accuracy(refit.embedding_), "labels: kNN in transform": accuracy(joint)}
        classes = np.unique(y)
        onehot = (y[:, None] == classes).astype(np.float64)
        rows = model._reference().rows(model._reference().read(new))
        shares = rows.extended @ onehot
        found["labels: share of J's row"] = float(np.mean(classes[shares.argmax(axis=1)] == truth))
    seen = {name: X for name, X in new.items() if name != data.hidden}
    values = refit.integration_.views[data.hidden].values
    values = model.integration_.recipes[data.hidden].normalise(data.views[data.hidden]) if data.recipes else values
    dense = dense_of(values)
    columns = np.argsort(-dense[train].var(axis=0))[:500]
    dense = dense[:, columns]
    coordinates = model.transform(seen)
    regression = KNeighborsRegressor(K).fit(model.embedding_, dense[train]).predict(coordinates)
    predicted = np.asarray(model.predict(seen, data.hidden, features=list(map(int, columns))))
    spread = np.square(dense[test] - dense[train].mean(axis=0)).mean()
    for name, X in (("predict", predicted), ("kNN regression", regression)):
        found[f"{name}: correlation"] = correlation(X, dense[test])
        found[f"{name}: error"] = float(np.square(X - dense[test]).mean() / spread)
    return found


def distances(data: Paired, seed: int = 0) -> dict[str, float]:
    """Return how well the distance tells samples of a class that the reference lacks, mean over the largest classes."""
    if data.labels is None:
        return {}
    views = Views(data.views)
    n = views.shape[0]
    chosen = np.random.default_rng(seed).permutation(n)
    test, train = np.sort(chosen[: n // 5]), np.sort(chosen[n // 5 :])
    classes, sizes = np.unique(data.labels, return_counts=True)
    found = []
    for left_out in classes[np.argsort(-sizes)][:N_LEFT_OUT]:
        kept = train[data.labels[train] != left_out]
        model = IntegratedDiffusion(recipes=data.recipes).fit(views[kept])
        reference = model._reference()
        usual = {
            name: usual_distances(recipe.recipe, views[kept][name], view.points.shape[1], view.fitted)
            for (name, view), recipe in zip(reference.views.items(), model.recipes_.values(), strict=True)
        }
        distance = reference_distance(reference.rows(reference.read(views[test])), usual)
        is_new = data.labels[test] == left_out
        far = distance > 1
        found.append((roc_auc_score(is_new, distance), far[is_new].mean(), far[~is_new].mean()))
    means = np.mean(found, axis=0)
    return {"class left out: AUC of the distance": means[0], "above 1, left out": means[1], "above 1, others": means[2]}


def dense_of(values: np.ndarray | sp.csr_array) -> np.ndarray:
    """Return values as a dense float64 array."""
    return np.asarray(values if isinstance(values, np.ndarray) else values.toarray(), dtype=np.float64)


if __name__ == "__main__":
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 2500
    every = {data.name: scores(data) | distances(data) for data in paired_sets(most)}
    names = list(dict.fromkeys(name for found in every.values() for name in found))
    lines = [[name, *(f"{found[name]:.3f}" if name in found else "-" for found in every.values())] for name in names]
    print(table(["", *every], lines))
