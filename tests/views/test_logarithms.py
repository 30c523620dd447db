"""Values that are not whole: logarithms of counts are told from counts without their background."""

import numpy as np
import pytest
import scipy.sparse as sp

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.views.logarithms import are_surely_logarithms
from integrated_diffusion.views.recipes import RECIPES, prepare
from integrated_diffusion.views.recognition import recognise


def cells(seed=0, n_genes=60, scale=3.0):
    """Counts of mixtures of three kinds of cells, and the kind that a cell has most of."""
    rng = np.random.default_rng(seed)
    share = rng.dirichlet([0.5, 0.5, 0.5], 150)
    counts = rng.poisson(share @ rng.gamma(0.6, scale, (3, n_genes)) + 0.3).astype(np.float32)
    return counts, share.argmax(axis=1)


def to_depth(counts, depth=1e4):
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) * depth


def without_ambient(counts):
    soup = counts.sum(axis=0) / counts.sum()
    return np.maximum(counts - 0.2 * counts.sum(axis=1, keepdims=True) * soup, 0)


LOGARITHMS = {
    "natural": lambda counts: np.log1p(to_depth(counts)),
    "base 2": lambda counts: np.log2(1 + to_depth(counts, 1e6)),
    "base 10": lambda counts: np.log10(1 + to_depth(counts)),
    "without a depth": np.log1p,
    "of some genes": lambda counts: np.log1p(to_depth(counts))[:, ::3],
    "without ambient RNA": lambda counts: np.log1p(to_depth(without_ambient(counts))),
}
COUNTS = {
    "whole": lambda counts: counts,
    "without ambient RNA": without_ambient,
    "share of the counts": lambda counts: counts * np.random.default_rng(0).uniform(0.6, 1, counts.shape),
    "per million": lambda counts: to_depth(counts, 1e6),
    "shares": lambda counts: to_depth(counts, 1),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
@pytest.mark.parametrize("how", LOGARITHMS)
def test_logarithms_are_taken_as_they_are_and_get_no_recipe_for_counts(how, form, seed):
    X = form(LOGARITHMS[how](cells(seed)[0]).astype(np.float32))
    assert recognise(X, "rna") == "none"
    assert are_surely_logarithms(X)
    with pytest.raises(ValueError, match="expected counts for the recipe 'rna', found logarithms of counts; give"):
        prepare(X, "rna")


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
@pytest.mark.parametrize("how", COUNTS)
def test_numbers_on_the_scale_of_counts_get_the_recipe_for_counts(how, form, seed):
    X = form(COUNTS[how](cells(seed)[0]).astype(np.float32))
    assert recognise(X, "rna") == "rna"
    assert not are_surely_logarithms(X)


def test_scaled_values_and_fractions_of_peaks_are_taken_as_they_are():
    logs = np.log1p(to_depth(cells()[0]))
    assert recognise((logs - logs.mean(axis=0)) / logs.std(axis=0), "rna") == "none"
    assert recognise(prepare(cells()[0], "chromatin").values, "atac") == "none"


@pytest.mark.parametrize("values", [np.zeros((5, 3)), np.full((5, 3), 0.5), np.eye(5) * 0.5, np.ones((1, 4)) * 0.3])
def test_values_that_do_not_tell_are_not_surely_logarithms(values):
    assert not are_surely_logarithms(values)


def test_new_samples_must_not_be_logarithms():
    counts = cells()[0]
    fitted = RECIPES["rna"].fit(counts, 5)
    with pytest.raises(ValueError, match=r"new samples.*logarithms"):
        fitted.transform(LOGARITHMS["natural"](counts))


@pytest.mark.parametrize("other", [LOGARITHMS["natural"], without_ambient])
def test_logarithms_and_corrected_counts_nearly_give_the_map_of_the_counts(other):
    counts, _ = cells(n_genes=300)
    proteins = np.random.default_rng(1).poisson(5, (150, 12)).astype(float)
    model = IntegratedDiffusion(n_components=3, steps={"rna": 1, "prot": 0}, recipes="auto")
    maps = [model.fit_transform({"rna": X, "prot": proteins}) for X in (counts, other(counts))]
    distances = [np.linalg.norm(found[:, None] - found[None], axis=2).ravel() for found in maps]
    assert np.corrcoef(*distances)[0, 1] > 0.9
