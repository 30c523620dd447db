"""totalVI and MultiVI by scvi-tools: what goes in, what comes out, and that no one is told what was left out."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec

import numpy as np
import pytest
import scipy.sparse as sp

if find_spec("scvi") is None:
    pytest.skip("the extra `experiments` is not installed", allow_module_level=True)

from experiments.methods.multivi import multivi
from experiments.methods.totalvi import mapped, totalvi

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]
EPOCHS = 3


@pytest.fixture(scope="module")
def cells():
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 2, 90)
    rates = rng.gamma(1.0, 2.0, (2, 40))
    rna = sp.csr_array(rng.poisson(rates[kind]).astype(np.float32))
    return rna, rng.poisson(3 * rates[kind][:, :6]).astype(np.float32)


def test_totalvi_expects_proteins_of_cells_without(cells):
    rna, proteins = cells
    measured = np.arange(90) < 60
    fit = partial(totalvi, rna, measured=measured, most_epochs=EPOCHS)
    found = fit(proteins)
    assert found.epochs == EPOCHS
    assert found.latent().shape == (90, 20)
    expected = found.proteins(~measured)
    assert expected.shape == (30, 6)
    assert (expected > 0).all()
    other = fit(np.where(measured[:, None], proteins, 1_000))  # nothing of what was left out is looked at
    np.testing.assert_array_equal(other.latent(), found.latent())


def test_new_cells_are_added_to_totalvi(cells):
    rna, proteins = cells
    reference = totalvi(rna[:60], proteins[:60], for_mapping=True, most_epochs=EPOCHS)
    query = mapped(reference, rna[60:], most_epochs=EPOCHS)
    assert query.latent().shape == (30, 20)
    assert query.proteins(np.arange(30)).shape == (30, 6)


def test_multivi_expects_genes_of_cells_with_chromatin_alone(cells):
    rna, proteins = cells
    chromatin = sp.csr_array(proteins)
    has_rna = np.arange(90) < 60
    found = multivi(rna, chromatin, has_rna, np.arange(90) >= 20, most_epochs=EPOCHS)
    assert found.epochs == EPOCHS
    assert len(found.latent()) == 90
    expected = found.rna(np.flatnonzero(~has_rna))
    assert expected.shape == (30, 40)
    np.testing.assert_allclose(expected.sum(axis=1), 1, rtol=1e-3)
