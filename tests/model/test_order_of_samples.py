"""The same samples in other rows get the same model and, but for rounding, the same map."""

import numpy as np
import pytest

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.selection import CountSplitting, CrossValidatedSteps


def views(seed, n_samples=120):
    rng = np.random.default_rng(seed)
    share = rng.dirichlet([0.5, 0.5, 0.5], n_samples)
    rna = rng.poisson(share @ rng.gamma(0.6, 3.0, (3, 40)) + 0.3).astype(float)
    prot = rng.poisson(share @ rng.gamma(1.0, 20.0, (3, 12)) + 1.0).astype(float)
    noise = rng.random(n_samples) < 0.3 * (seed % 3)
    prot[noise] = rng.permutation(prot[noise])
    return {"rna": rna, "prot": prot}


def chosen(model):
    smoothers = {name: (found.operator, found.t, found.amount) for name, found in model.denoising_.items()}
    return model.steps_, model.n_repeats_, model.selection_.chosen.weight_exponent, smoothers


def fitted(data, **settings):
    return IntegratedDiffusion(n_components=4, **settings).fit(data)


SETTINGS = {
    "recipes": {"recipes": {"rna": "rna", "prot": "protein"}},
    "features": {},
    "split counts": {
        "recipes": {"rna": "rna", "prot": "protein"},
        "steps": CrossValidatedSteps(split=CountSplitting()),
    },
    "some samples": {"steps": CrossValidatedSteps(max_samples=90)},
}


@pytest.mark.parametrize("how", SETTINGS)
def test_permuted_samples_get_the_same_model_and_map(how):
    data = views(list(SETTINGS).index(how))
    rows = np.random.default_rng(7).permutation(120)
    model = fitted(data, **SETTINGS[how])
    permuted = fitted({name: X[rows] for name, X in data.items()}, **SETTINGS[how])
    assert chosen(permuted) == chosen(model)
    np.testing.assert_allclose(permuted.embedding_, model.embedding_[rows], atol=1e-6)


def test_permuted_samples_that_lack_views_get_the_same_model():
    data = views(1)
    data["prot"][::5] = np.nan
    rows = np.random.default_rng(3).permutation(120)
    model, permuted = fitted(data), fitted({name: X[rows] for name, X in data.items()})
    assert chosen(permuted) == chosen(model)
    assert permuted.integration_.operator.imputation_repeats == model.integration_.operator.imputation_repeats


def test_permuted_samples_in_batches_get_the_same_model():
    data, batch = views(2), np.arange(120) % 2
    rows = np.random.default_rng(4).permutation(120)
    model = IntegratedDiffusion(n_components=4).fit(data, batch=batch)
    permuted = IntegratedDiffusion(n_components=4).fit({name: X[rows] for name, X in data.items()}, batch=batch[rows])
    assert chosen(permuted) == chosen(model)
