"""Columns, clusters and marker features that the report computes, and the features that one can search for."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from integrated_diffusion import IntegratedDiffusion, report
from integrated_diffusion.report.budget import BUDGET, per_sample, room_for_features, samples_on_page
from integrated_diffusion.report.bundle import bundle
from integrated_diffusion.report.clusters import clusters_of
from integrated_diffusion.report.columns import Categories, Numbers
from integrated_diffusion.report.markers import group_scores
from integrated_diffusion.report.packing import unpack
from integrated_diffusion.report.searchable import LEVELS, MISSING, searchable_of
from integrated_diffusion.scverse import tl
from integrated_diffusion.scverse.normalised_values import normalised
from mudata_settings import own_columns
from tests.report.conftest import N, measured


@pytest.fixture(scope="module")
def mosaic():
    """Without labels; the proteins of forty cells were not measured, and cells are from two donors."""
    cells = measured(("rna", "prot"), [f"gene{i}" for i in range(12)], [f"prot{i}" for i in range(9)])
    cells["prot"] = cells["prot"][40:].copy()
    cells["rna"].X = sp.csr_matrix(cells["rna"].X)
    for adata in cells.values():
        adata.obs["donor"] = ["left" if int(name[4:]) % 2 else "right" for name in adata.obs_names]
    model = IntegratedDiffusion(n_components=5, steps={"rna": 1, "prot": 1})
    with own_columns():
        return tl.integrate(cells, model, missing="keep", batch_key="donor")


@pytest.fixture(scope="module")
def content(mosaic):
    return report.gather(mosaic)


def column(content, name):
    return next(one for one in content.columns if one.name == name)


def words(categories: Categories) -> np.ndarray:
    return np.array(categories.labels)[categories.codes]


def test_the_integration_gives_columns(content, mosaic):
    there = words(column(content, "measured views"))
    lacking = ~np.isin(mosaic.obs_names, mosaic["prot"].obs_names)
    np.testing.assert_array_equal(there == "rna only", lacking)
    assert set(there) == {"rna and prot", "rna only"}
    assert set(column(content, "donor").labels) == {"left", "right"}
    rows = [mosaic["rna"].obs_names.get_loc(name) for name in mosaic.obs_names]
    counts = mosaic["rna"].X.toarray()[rows]
    np.testing.assert_array_equal(column(content, "rna: depth").values, counts.sum(axis=1))
    np.testing.assert_array_equal(column(content, "rna: features").values, (counts > 0).sum(axis=1))
    np.testing.assert_array_equal(np.isnan(column(content, "prot: depth").values), lacking)


def test_view_weights_are_shown_where_they_differ(mosaic, plain):
    kept = mosaic.obsm["integrated_view_weights"]
    assert not any(column.name.startswith("weight of") for column in report.gather(mosaic).columns)
    with own_columns():
        changed = mosaic.copy()
    weights = kept.copy()
    weights["rna"] = np.linspace(0, 1, N)
    changed.obsm["integrated_view_weights"] = weights
    shown = column(report.gather(changed), "weight of rna")
    assert isinstance(shown, Numbers)
    np.testing.assert_allclose(shown.values, np.linspace(0, 1, N))


def test_clusters_are_computed_where_there_are_no_labels(content, plain, mosaic):
    own = column(content, "computed clusters")
    assert content.markers.column == "computed clusters"
    groups = np.array([int(name[4:]) // (N // 3) for name in mosaic.obs_names])
    sizes = np.bincount(own.codes)
    assert (np.diff(sizes) <= 0).all()
    assert sum(np.bincount(groups[own.codes == code]).max() for code in range(len(sizes))) > 0.95 * N
    assert clusters_of(mosaic).codes.tolist() == own.codes.tolist()
    assert "computed clusters" not in [one.name for one in report.gather(plain).columns]


def test_scores_of_groups_are_differences_in_standard_deviations():
    rng = np.random.default_rng(0)
    codes = np.repeat([0, 1, 2, -1], [30, 40, 2, 8])
    X = rng.normal(size=(80, 5))
    X[codes == 1, 3] += 4
    scores = group_scores(X, codes, 3)
    np.testing.assert_allclose(group_scores(sp.csr_array(X), codes, 3), scores, rtol=1e-10)
    kept = codes >= 0
    within = sum(((X[codes == k] - X[codes == k].mean(axis=0)) ** 2).sum(axis=0) for k in range(3))
    sd = np.sqrt(within / (kept.sum() - 3))
    expected = (X[codes == 1].mean(axis=0) - X[kept & (codes != 1)].mean(axis=0)) / (sd + np.median(sd))
    np.testing.assert_allclose(scores[1], expected)
    assert scores[1].argmax() == 3
    assert np.isnan(scores[2]).all()  # two samples


def test_any_feature_can_be_searched_for(content, mosaic):
    header, arrays = unpack(bundle(content))
    shown = {(one["modality"], one["name"]) for one in header["features"]}
    for view in header["searchable"]:
        names = {name for modality, name in shown if modality == view["modality"]}
        assert names | set(view["names"]) == set(mosaic[view["modality"]].var_names)
        assert not names & set(view["names"])
        X = normalised(mosaic, view["modality"])
        X = X.toarray() if sp.issparse(X) else np.asarray(X)
        low, step = (arrays[view[part]].view(np.float32) for part in ("low", "step"))
        codes = arrays[view["codes"]]
        for i, name in enumerate(view["names"]):
            values = X[:, list(mosaic[view["modality"]].var_names).index(name)]
            if view["counts"] is None:
                own = codes[i * N : (i + 1) * N]
                found = np.where(own == MISSING, np.nan, low[i] + step[i] * own)
                there = np.isin(mosaic.obs_names, mosaic["prot"].obs_names)
                np.testing.assert_array_equal(np.isnan(found), ~there)
            else:
                counts = arrays[view["counts"]]
                entries = slice(counts[:i].sum(), counts[: i + 1].sum())
                found = np.zeros(N)
                found[np.cumsum(arrays[view["gaps"]][entries])] = low[i] + step[i] * codes[entries]
                there = np.ones(N, dtype=bool)
            np.testing.assert_allclose(found[there], values[there], atol=np.ptp(values) / (LEVELS - 1))


def test_features_that_do_not_fit_are_named(content, mosaic):
    _, prot = searchable_of(mosaic, (), content.markers, None, 5 * N)
    assert len(prot.names) == 2
    assert set(prot.names) | set(prot.others) == set(mosaic["prot"].var_names)
    best = dict(zip(mosaic["prot"].var_names, content.markers.best["prot"], strict=True))
    assert min(best[name] for name in prot.names) >= max(best[name] for name in prot.others)
    rows = np.arange(0, N, 3)
    _, prot = searchable_of(mosaic, (), content.markers, rows, 10**6)
    assert prot.measured is not None
    np.testing.assert_array_equal(prot.measured == 1, np.isin(mosaic.obs_names[rows], mosaic["prot"].obs_names))
    assert len(prot.codes) == 9 * len(rows)


def test_a_page_holds_as_many_samples_as_fit():
    assert samples_on_page(100_000, 3, 12, 12) is None
    rows = samples_on_page(10**6, 3, 12, 12)
    assert (np.diff(rows) > 0).all()
    assert len(rows) * per_sample(3, 12, 12) <= BUDGET < (len(rows) + 1) * per_sample(3, 12, 12)
    assert samples_on_page(100_000, 3, 12, room_for_features(100_000, 3, 12)) is None
    assert room_for_features(10**7, 3, 12) == 0
