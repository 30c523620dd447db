"""From measured values to a view that distances can be taken in: one named recipe per kind of measurement.

A recipe has two steps. *Normalise* keeps every feature, and keeps a sparse view sparse; its values are what denoising
returns. *Represent* reduces them to a few coordinates, in which neighbours are searched.

>>> import numpy as np
>>> from integrated_diffusion.preprocessing import prepare, recognise
>>> counts = np.random.default_rng(0).poisson(3, size=(30, 8))
>>> recognise(counts, "rna")
'rna'
>>> prepare(counts.astype(float), "rna", n_components=2).representation.shape
(30, 2)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.preprocessing import StandardScaler

from integrated_diffusion.validation import View, check_choice, check_count, check_counts

REPRESENTATION = "representation"
"""Feature type of coordinates somebody computed already, such as `obsm["X_pca"]`: they are not normalised."""

_MAX_DENSE_FEATURES = 2_000  # above this a sparse view without reduction stays sparse
_MAX_COVARIANCE = 2_000  # up to this many features the covariance's eigenvectors are the fastest way
_SCALE = 1e4  # TF-IDF: counts per ten thousand before the logarithm, as in Signac

_KINDS = {
    "rna": r"(sc|sn|m)?rna(seq)?|gex|genes?|transcripts|transcriptome",
    "chromatin": r"(sc|sn)?atac(seq)?|peaks?|chromatin|accessibility",
    "protein": r"prot|proteins?|adt|antibod(y|ies)|cite(seq)?|ab",
}


@dataclass(frozen=True)
class Recipe:
    """How one kind of measurement becomes a view.

    Attributes
    ----------
    name
        What the recipe is called.
    summary
        One line for summaries.
    counts
        Whether it needs counts, which are never negative.
    normalise
        Measured values to normalised ones, `(n_samples, n_features)` both, sparse if they were sparse.
    represent
        Normalised values, number of components (`None`: no reduction) and seed to coordinates
        `(n_samples, n_coordinates)`.
    """

    name: str
    summary: str
    counts: bool
    normalise: Callable[[View], View]
    represent: Callable[[View, int | None, int], View]

    def __str__(self) -> str:
        return f"{self.name}: {self.summary}"


@dataclass(frozen=True)
class Prepared:
    """One view after its recipe.

    Attributes
    ----------
    values
        Normalised values of all features, `(n_samples, n_features)`; sparse if they were measured sparse.
    representation
        Coordinates for neighbours and distances, `(n_samples, n_coordinates)`.
    recipe
        The recipe that made them.
    """

    values: View
    representation: View
    recipe: Recipe

    def __repr__(self) -> str:
        n_samples, n_features = self.values.shape
        return f"{n_samples} samples x {n_features} features -> {self.representation.shape[1]} ({self.recipe})"


def prepare(
    X: View, recipe: str, n_components: int | None = 50, random_state: int = 0, name: str | None = None
) -> Prepared:
    """Normalise one view and find its coordinates.

    Parameters
    ----------
    X
        Measured values, `(n_samples, n_features)`, as `validation.as_view` returns them.
    recipe
        Name of a recipe: one of `RECIPES`.
    n_components
        Number of coordinates; `None` keeps the normalised values.
    random_state
        Seed of the start vectors.
    name
        What to call the view in messages.

    Returns
    -------
    Prepared
        Normalised values and coordinates.

    Raises
    ------
    ValueError
        If there is no such recipe, `n_components` is below one, or a recipe for counts meets negative values.
    TypeError
        If `n_components` is no whole number.
    """
    check_choice(recipe, list(RECIPES), "recipe")
    chosen = RECIPES[recipe]
    if n_components is not None:
        check_count(n_components, "n_components")
    if chosen.counts:
        check_counts(X, name or recipe)
    values = chosen.normalise(X)
    return Prepared(values, chosen.represent(values, n_components, random_state), chosen)


def recognise(X: View, name: str, feature_types: str | None = None) -> str:
    """Name the recipe for a view from its values, its name and the type its file gives the features.

    Only whole numbers that are zero or more are counts. Counts of a known kind get that kind's recipe; counts of an
    unknown kind and everything else are `other`, coordinates that were computed before are `none`. Whole numbers of a
    known kind some of which are negative are a mistake.

    Parameters
    ----------
    X
        Measured values, `(n_samples, n_features)`.
    name
        Name of the view, such as `rna`, `ATAC` or `adt_counts`.
    feature_types
        Type of the features, such as `Gene Expression`, if the file says so.

    Returns
    -------
    str
        One of the names in `RECIPES`.

    Raises
    ------
    ValueError
        If whole numbers of a known kind are negative.
    """
    if feature_types == REPRESENTATION:
        return "none"
    kind = _kind(feature_types or "") or _kind(name)
    if kind is None or not _is_whole(X):
        return "other"
    check_counts(X, name)
    return kind


def is_counts(X: View) -> bool:
    """Whether all values are whole numbers of zero or more."""
    values = X if isinstance(X, np.ndarray) else X.data
    return bool((values >= 0).all()) and _is_whole(X)


def _is_whole(X: View) -> bool:
    values = X if isinstance(X, np.ndarray) else X.data
    return bool((values == np.rint(values)).all())


def _kind(label: str) -> str | None:
    """The kind of measurement that a label speaks of, if it is one."""
    words = set(re.split(r"[^a-z]+", label.lower()))
    kinds = [kind for kind, known in _KINDS.items() if any(re.fullmatch(known, word) for word in words)]
    return kinds[0] if len(kinds) == 1 else None


def pca(X: View, n_components: int | None, random_state: int = 0) -> View:
    """Centred principal component scores, of leading components, with fixed signs.

    Parameters
    ----------
    X
        Values, `(n_samples, n_features)`. A sparse view is centred implicitly and never made dense.
    n_components
        Number of components. `None`, or as many as there are features: the values as they are, dense unless they
        are sparse with more than 2,000 features. At most `n_samples - 1`, the rank after centring.
    random_state
        Seed of the start vector.

    Returns
    -------
    numpy.ndarray
        `(n_samples, min(n_components, n_samples - 1))`, float32 for float32. Each component's largest loading is
        positive.
    """
    n_samples, n_features = X.shape
    if n_components is None or n_components >= n_features or n_samples < 3:
        return X if isinstance(X, np.ndarray) or n_features > _MAX_DENSE_FEATURES else X.toarray()
    n_components = max(1, min(n_components, n_samples - 1))
    if _is_constant(X):  # it has no direction that a solver could start in
        return np.zeros((n_samples, n_components), dtype=X.dtype)
    centred = about_the_mean(X) if isinstance(X, np.ndarray) else X
    return PCA(n_components, svd_solver=_pca_solver(X), random_state=random_state).fit_transform(centred)


def about_the_mean(X: np.ndarray) -> np.ndarray:
    """Centre a dense view in its own precision: what squares the values has no digits left far from the origin.

    Parameters
    ----------
    X
        Values, `(n_samples, n_features)`.
    """
    return X - X.mean(axis=0, dtype=np.float64).astype(X.dtype)


def library_size_log(X: View) -> View:
    """RNA counts to `log(1 + x * median depth / depth)`, depth being a sample's sum."""
    depth = _sums(X, axis=1)
    return _log1p(_scale_rows(X, np.median(depth) / _floored(depth)))


def tf_idf(X: View) -> View:
    """Chromatin counts to `log(1 + 10^4 tf idf)`, as in Signac (Stuart et al. 2021).

    `tf` is a peak's share of its sample's counts, `idf` the number of samples over the peak's counts.
    """
    tf = _scale_rows(X, _SCALE / _floored(_sums(X, axis=1)))
    return _log1p(_scale_columns(tf, X.shape[0] / _floored(_sums(X, axis=0))))


def centred_log_ratio(X: View) -> View:
    """Protein counts to `log(1 + x / g)`, `g` a sample's own geometric mean over its proteins (margin: samples).

    `g = exp(mean(log(1 + x)))`, as in Seurat (Stoeckius et al. 2017), so that zeros stay zero.
    """
    log_mean = _sums(_log1p(X), axis=1) / X.shape[1]
    return _log1p(_scale_rows(X, np.exp(-log_mean)))


def standardise(X: View) -> View:
    """Every feature to unit variance, and to mean zero if dense; a constant feature is only centred, hence zero."""
    return StandardScaler(with_mean=not sp.issparse(X)).fit_transform(X)


def lsi(values: View, n_components: int | None, random_state: int = 0) -> View:
    """Latent semantic indexing: truncated SVD of TF-IDF values, without the component that is sequencing depth.

    The rule: of `n_components + 1` components the one that correlates most (in absolute value) with the log of the
    number of open peaks is dropped, normally the first; if that number is the same in all samples, the first.

    Parameters
    ----------
    values
        TF-IDF values, `(n_samples, n_features)`.
    n_components
        Number of components that remain; `None`, or as many as there are features: the values as in `pca`.
    random_state
        Seed of the start vector.

    Returns
    -------
    numpy.ndarray
        Left singular vectors times singular values, `(n_samples, n_components)`, fewer if there are fewer samples or
        features. Each component's largest loading is positive.
    """
    smallest = min(values.shape)
    if n_components is None or n_components >= values.shape[1] or smallest < 3:
        return pca(values, None)
    # The spectrum of chromatin is flat: randomised SVD misses a third of some components, ARPACK is as fast and exact.
    n_all = min(n_components + 1, smallest - 1)
    model = TruncatedSVD(n_all, algorithm="arpack", random_state=random_state)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = model.fit_transform(values)
    return np.delete(scores, _depth_component(values, scores), axis=1)


def _depth_component(values: View, scores: np.ndarray) -> int:
    depth = np.log(_floored(_sums(values != 0, axis=1)))
    centred = scores - scores.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=0)
    correlation = np.abs((depth - depth.mean()) @ centred) / np.where(lengths > 0, lengths, 1.0)
    return int(np.argmax(correlation)) if np.ptp(depth) > 0 else 0


def _is_constant(X: View) -> bool:
    """Whether all samples are the same."""
    if isinstance(X, np.ndarray):
        return not np.ptp(X, axis=0).any()
    return (X.max(axis=0) - X.min(axis=0)).nnz == 0


def _pca_solver(X: View) -> str:
    """The fastest solver that is accurate."""
    small = X.shape[1] <= _MAX_COVARIANCE
    if sp.issparse(X):
        return "covariance_eigh" if min(X.shape) <= _MAX_COVARIANCE // 4 and small else "arpack"
    if min(X.shape) <= _MAX_COVARIANCE // 4:
        return "full" if X.shape[0] < X.shape[1] else "covariance_eigh"
    return "covariance_eigh" if small else "arpack"


def _sums(X: View, axis: int) -> np.ndarray:
    return np.asarray(X.sum(axis=axis, dtype=np.float64))


def _floored(sums: np.ndarray) -> np.ndarray:
    """Nothing was counted: the values are zero whatever they are divided by."""
    return np.where(sums > 0, sums, 1.0)


def _scale_rows(X: View, factors: np.ndarray) -> View:
    factors = factors.astype(X.dtype)
    if isinstance(X, np.ndarray):
        return X * factors[:, None]
    return sp.csr_array((X.data * np.repeat(factors, np.diff(X.indptr)), X.indices, X.indptr), shape=X.shape)


def _scale_columns(X: View, factors: np.ndarray) -> View:
    factors = factors.astype(X.dtype)
    if isinstance(X, np.ndarray):
        return X * factors
    return sp.csr_array((X.data * factors[X.indices], X.indices, X.indptr), shape=X.shape)


def _log1p(X: View) -> View:
    if isinstance(X, np.ndarray):
        return np.log1p(X)
    return sp.csr_array((np.log1p(X.data), X.indices, X.indptr), shape=X.shape)


def _as_they_are(X: View) -> View:
    return X


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe("rna", "library size to the median, log, PCA", True, library_size_log, pca),
        Recipe("chromatin", "TF-IDF, LSI without the depth component", True, tf_idf, lsi),
        Recipe("protein", "centred log ratio per sample, PCA", True, centred_log_ratio, pca),
        Recipe("other", "features to unit variance, PCA", False, standardise, pca),
        Recipe("none", "values as they are, PCA", False, _as_they_are, pca),
    )
}
"""The recipes by name; `recognise` chooses among them."""
