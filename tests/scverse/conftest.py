"""The same cells in two modalities, in different orders, and what must come out of them, written out by name."""

import warnings

import joblib
import mudata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from anndata import AnnData

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.scverse import tl
from mudata_settings import own_columns
from oracles import dense_kernel_alpha_decay, dense_walk

N = 60


@pytest.fixture(autouse=True)
def new_ways_of_mudata():
    """Of the old ones mudata warns at every call."""
    with own_columns():
        yield


@pytest.fixture
def model():
    """`J = P_rna P_prot^2`, on the normalised values themselves."""
    return IntegratedDiffusion(n_components=5, n_pca=None, steps={"rna": 1, "prot": 2})


@pytest.fixture
def tables():
    """Counts by cell and feature."""
    rng = np.random.default_rng(0)
    names = [f"cell{i:02d}" for i in rng.permutation(N)]
    place, tables = rng.random(N), {}
    for name, n_features in (("rna", 20), ("prot", 8)):
        counts = rng.poisson(1 + np.outer(place, 6 * rng.random(n_features)))
        features = [f"{name}{i}" for i in range(n_features)]
        tables[name] = pd.DataFrame(counts, names, features).astype(np.float32)
    return tables


@pytest.fixture
def cells(tables):
    """RNA sparse, proteins dense and in another order."""
    rna, prot = tables["rna"], tables["prot"].sample(frac=1, random_state=0)
    first = AnnData(sp.csr_matrix(rna.to_numpy()), pd.DataFrame(index=rna.index), pd.DataFrame(index=rna.columns))
    second = AnnData(prot.to_numpy(copy=True), pd.DataFrame(index=prot.index), pd.DataFrame(index=prot.columns))
    first.obs["kind"] = pd.Categorical(["a", "b"] * (N // 2))
    second.obs["tag"] = np.arange(N)
    first.obsm["X_pca"] = np.log1p(rna.to_numpy()[:, :4])
    return {"rna": first, "prot": second}


@pytest.fixture
def mdata(cells):
    return mudata.MuData(cells)


@pytest.fixture
def integrated(mdata, model):
    return tl.integrate(mdata, model)


@pytest.fixture
def normalised(tables):
    return by_hand(tables)


@pytest.fixture
def J(normalised):
    """The integrated operator, rows and columns by name."""
    return integrated_operator_by_hand(normalised, {"rna": 1, "prot": 2})


@pytest.fixture
def oracles():
    """From counts by name to normalised values, and from these and steps to the integrated operator."""
    return by_hand, integrated_operator_by_hand


def by_hand(tables):
    """Each view's recipe in float64: RNA to the median depth and log, proteins to centred log ratios."""
    rna, prot = tables["rna"].astype(float), tables["prot"].astype(float)
    depth = rna.sum(axis=1)
    return {
        "rna": np.log1p(rna.mul(depth.median() / depth, axis=0)),
        "prot": np.log1p(prot.div(np.exp(np.log1p(prot).mean(axis=1)), axis=0)),
    }


def integrated_operator_by_hand(normalised, steps):
    """`J = P_rna^s P_prot^t`, rows and columns by name, in the order of the RNA."""
    names = normalised["rna"].index
    P = {name: dense_walk(dense_kernel_alpha_decay(X.loc[names], anisotropy=1.0)) for name, X in normalised.items()}
    J = np.linalg.matrix_power(P["rna"], steps["rna"]) @ np.linalg.matrix_power(P["prot"], steps["prot"])
    return pd.DataFrame(J, names, names)


@pytest.fixture
def contents():
    """From a MuData to hashes of everything in it: equal before and after, or something was touched."""

    def of(mdata):
        groups = ("obs", "var", "obsm", "varm", "obsp", "varp", "uns")
        parts = {group: _plain(getattr(mdata, group)) for group in groups}
        for name, cells in mdata.mod.items():
            own = {group: _plain(getattr(cells, group)) for group in (*groups, "layers")}
            parts[name] = {"X": cells.X.copy(), **own}
        return {name: joblib.hash(part) for name, part in parts.items()}

    return of


def _plain(group):
    return group.copy() if isinstance(group, pd.DataFrame) else {key: group[key] for key in group}


@pytest.fixture(scope="session")
def muon():
    """The package, whose import asks for versions in old ways."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("muon", reason="muon is not installed")
