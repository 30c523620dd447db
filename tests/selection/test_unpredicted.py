"""Views that belong to other samples, or predict nothing, are told; those that belong together are not."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.model.record import record
from integrated_diffusion.model.stored_record import selection_of
from integrated_diffusion.selection import PredictionWarning


def views(n: int = 200, seed: int = 0) -> dict[str, np.ndarray]:
    """Two views of three kinds of samples, by their shares."""
    rng = np.random.default_rng(seed)
    share = rng.dirichlet([0.5] * 3, n)
    return {name: share @ rng.normal(size=(3, d)) * 3 + rng.normal(size=(n, d)) for name, d in (("a", 40), ("b", 20))}


def test_rows_that_belong_together_are_not_told():
    with warnings.catch_warnings():
        warnings.simplefilter("error", PredictionWarning)
        found = IntegratedDiffusion(n_components=3).fit(views()).selection_
    assert found.unrelated == ()


def test_rows_in_another_order_are_told_and_recorded():
    mixed = views()
    mixed["b"] = mixed["b"][np.random.default_rng(1).permutation(200)]
    with pytest.warns(PredictionWarning, match="'a' and 'b': .*neither predicts anything of the other; check"):
        model = IntegratedDiffusion(n_components=3).fit(mixed)
    assert model.selection_.unrelated == (("a", "b"),)
    kept = record(model, {"a": "", "b": ""})
    assert selection_of(kept).unrelated == (("a", "b"),)


def test_noise_is_told_and_no_view_contributes():
    rng = np.random.default_rng(0)
    with pytest.warns(PredictionWarning, match="no better than the mean"):
        found = IntegratedDiffusion(n_components=3).fit({k: rng.normal(size=(150, 40)) for k in "ab"}).selection_
    assert all("no detectable contribution" in str(one) for one in found.view_contributions.values())
