"""The paper's method taken apart is what `fusion` makes of the same views; every method is scored alike."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments import methods
from experiments.methods import (
    ALTERNATING,
    DENOISING_ONLY,
    INTEGRATED,
    METHODS,
    PAPER_STEPS,
    POWERING_ONLY,
    Diffused,
    Learned,
    Method,
    Prepared,
    singles,
)
from experiments.methods.fused import N_COMPONENTS
from experiments.reproduction.scoring import everything, scored, steps_taken
from integrated_diffusion import IntegratedDiffusion, LocalDenoising, diffusion_operator, fusion
from integrated_diffusion.datasets import noisy_digits
from integrated_diffusion.embedding import diffusion_map
from integrated_diffusion.metrics import knn_accuracy
from integrated_diffusion.views.reduction import pca

DIGITS = noisy_digits((0.1, 1.6), images=load_digits().images, labels=load_digits().target, n_samples=150)  # float64
SETTINGS = IntegratedDiffusion.paper(local_denoising=LocalDenoising(min_size=50, n_clusters=3))
SEED = 3
SHARED = {"kernel": SETTINGS.kernel, "n_pca": SETTINGS.n_pca, "random_state": SEED}
DENOISED = {"local_denoising": SETTINGS.local_denoising}
POWERED = {"steps": SETTINGS.steps}

pytestmark = pytest.mark.filterwarnings("ignore::integrated_diffusion.operators.build.DisconnectedGraphWarning")


@pytest.fixture(scope="module")
def prepared():
    return Prepared(DIGITS.views, SETTINGS, SEED)


@pytest.fixture(scope="module")
def three_views():
    return Prepared(noisy_digits((0.2, 0.4, 0.6), n_samples=60).views, SETTINGS, SEED)


SAME = {
    INTEGRATED: (fusion.integrated, DENOISED | POWERED),
    DENOISING_ONLY: (fusion.local_denoising_only, DENOISED),
    POWERING_ONLY: (fusion.powering_only, POWERED),
    ALTERNATING: (fusion.alternating, {}),
    "concatenation": (fusion.feature_concatenation, {}),
    "distance addition": (fusion.distance_addition, {}),
    "affinity addition": (fusion.affinity_addition, {}),
    "affinity multiplication": (fusion.affinity_multiplication, {}),
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_walk_as_by_fusion_itself(prepared, name):
    fuse, settings = SAME[name]
    expected = fuse(DIGITS.views, **SHARED, **settings)
    found = METHODS[name].fuse(prepared)
    np.testing.assert_allclose(found.operator.toarray(), expected.toarray(), rtol=0, atol=1e-10)
    assert repr(found.operator) == repr(expected)


def test_the_four_are_four(prepared):
    """Otherwise that they are the same as by `fusion` says nothing."""
    operators = [METHODS[name].fuse(prepared).operator.toarray() for name in PAPER_STEPS]
    for i, J in enumerate(operators):
        for other in operators[:i]:
            assert np.abs(J - other).max() > 1e-3


def test_integrated_is_what_the_estimator_fits(prepared):
    fitted = IntegratedDiffusion.paper(local_denoising=SETTINGS.local_denoising, random_state=SEED).fit(DIGITS.views)
    found = METHODS[INTEGRATED].fuse(prepared)
    np.testing.assert_allclose(found.operator.toarray(), fitted.operator_.toarray(), rtol=0, atol=1e-10)
    assert prepared.denoised_steps.steps == fitted.steps_


def test_views_alone(prepared):
    found = singles(prepared)
    assert list(found) == ["view1 alone", "view2 alone"]
    for name, X in DIGITS.views.items():
        expected = diffusion_operator(pca(X, 50, SEED), SETTINGS.kernel)
        np.testing.assert_array_equal(found[f"{name} alone"].operator.toarray(), expected.toarray())


def test_components_side_by_side_count_every_view_alike(prepared):
    latent = METHODS["components side by side"].fuse(prepared).latent
    reduced = list(prepared.reduced.values())
    assert latent.shape == (150, sum(X.shape[1] for X in reduced))
    parts = np.split(latent, [reduced[0].shape[1]], axis=1)
    for part, X in zip(parts, reduced, strict=True):
        assert part.var(axis=0).sum() == pytest.approx(1)
        np.testing.assert_allclose(part * np.sqrt(X.var(axis=0).sum()), X, rtol=1e-6, atol=1e-9)


def test_names_are_unique_and_the_papers_are_among_them():
    assert [baseline.name for baseline in METHODS.values()] == list(METHODS)
    assert len(METHODS) == len(methods._METHODS)  # two baselines of one name would be one
    assert set(PAPER_STEPS) <= set(METHODS)
    assert len(set(PAPER_STEPS)) == 4
    assert list(METHODS)[-1] == "components side by side"


def test_the_four_are_with_and_without_each_of_the_two_ideas():
    assert set(methods.POWERED) == {POWERING_ONLY, INTEGRATED}
    assert set(methods.DENOISED) == {DENOISING_ONLY, INTEGRATED}
    assert {*methods.POWERED, *methods.NOT_POWERED} == {*methods.DENOISED, *methods.NOT_DENOISED} == set(PAPER_STEPS)


def test_coordinates_and_denoised_views_of_a_walk(prepared):
    diffused = METHODS[POWERING_ONLY].fuse(prepared)
    for power in (1, 3, "entropy"):
        np.testing.assert_array_equal(
            diffused.coordinates(power), diffusion_map(diffused.operator, N_COMPONENTS, power)
        )
    U, s, _ = np.linalg.svd(diffused.operator.toarray())
    np.testing.assert_allclose(np.abs(diffused.coordinates(1)), np.abs(U * s)[:, 1 : 1 + N_COMPONENTS], atol=1e-6)
    X = DIGITS.views["view2"]
    np.testing.assert_allclose(diffused.denoised("view2", X), diffused.operator.toarray() @ X, rtol=0, atol=1e-5)


def test_fewer_coordinates_of_fewer_samples():
    diffused = Diffused(diffusion_operator(DIGITS.clean[:15]))
    assert diffused.coordinates().shape == (15, 13)
    assert METHODS["concatenation"].fuse(Prepared(DIGITS.views, SETTINGS)).coordinates().shape == (150, N_COMPONENTS)


def test_pictures_are_planes(prepared):
    assert METHODS[ALTERNATING].fuse(prepared).picture(2).shape == (150, 2)
    learned = Learned(pca(DIGITS.clean, 10), {"view1": DIGITS.clean})
    picture = learned.picture()
    assert picture.shape == (150, 2)
    assert np.isfinite(picture).all()
    assert learned.coordinates(1) is learned.coordinates("entropy") is learned.latent
    assert learned.denoised("view1", DIGITS.views["view1"]) is DIGITS.clean
    assert learned.denoised("view2", DIGITS.views["view2"]) is None


def test_a_baseline_of_two_views_is_left_out_of_three(prepared, three_views, monkeypatch):
    def fuse(prepared):
        return Learned(prepared.reduced["view1"])

    for name, n_views in (("pair", 2), ("many", 99)):
        monkeypatch.setitem(METHODS, name, Method(name, fuse, n_views))
    assert METHODS["cycle GAN"].n_views == 2
    assert [baseline.name for baseline in METHODS.values() if baseline.n_views == 2] == ["cycle GAN", "pair"]
    assert METHODS[ALTERNATING].n_views is None
    names = ("many", "pair", ALTERNATING)
    alone = [f"view{i} alone" for i in (1, 2, 3)]
    assert [name for name, _ in everything(prepared, names)] == [*alone[:2], *names]
    assert [name for name, _ in everything(three_views, names)] == [*alone, "many", ALTERNATING]


def test_every_method_is_scored_by_both_powers_and_the_steps_are_told(prepared):
    names = ("concatenation", POWERING_ONLY, INTEGRATED)
    rows = scored(prepared, lambda E: knn_accuracy(E, DIGITS.labels), "accuracy", names)
    assert len({row[:2] for row in rows}) == len(rows)
    found = {(row.method, row.score): row.value for row in rows}
    every = ("view1 alone", "view2 alone", *names)
    assert {key for key in found if key[1].startswith("accuracy")} == {
        (method, score) for method in every for score in ("accuracy", "accuracy, J once")
    }
    J = fusion.integrated(DIGITS.views, **SHARED, **DENOISED, **POWERED)
    for score, power in (("accuracy", SETTINGS.power), ("accuracy, J once", 1)):
        expected = knn_accuracy(diffusion_map(J, N_COMPONENTS, power), DIGITS.labels)
        assert found[INTEGRATED, score] == pytest.approx(expected, abs=1e-9)
    assert [row for row in rows if not row.score.startswith("accuracy")] == steps_taken(prepared)


def test_the_power_is_that_of_the_settings():
    settings = IntegratedDiffusion.paper(power=2, local_denoising=None)
    prepared = Prepared(DIGITS.views, settings, SEED)
    found = {row.score: row.value for row in scored(prepared, lambda E: float(E[0, 0]), "corner", (ALTERNATING,))}
    J = METHODS[ALTERNATING].fuse(prepared).operator
    assert found["corner"] == diffusion_map(J, N_COMPONENTS, 2)[0, 0]
    assert found["corner, J once"] == diffusion_map(J, N_COMPONENTS, 1)[0, 0]


def test_steps_and_elbows_of_measured_and_denoised_views(prepared):
    found = {(row.method, row.score): row.value for row in steps_taken(prepared)}
    assert len(found) == 8
    for method, operators in ((POWERING_ONLY, prepared.operators), (INTEGRATED, prepared.denoised_operators)):
        chosen = SETTINGS.steps(operators, SEED)
        for view in operators:
            assert found[method, f"steps of {view}"] == chosen.steps[view]
            assert found[method, f"elbow of {view}"] == SETTINGS.steps.curve(operators[view], SEED).elbow


def test_what_several_methods_need_is_made_once(prepared):
    assert prepared.operators is prepared.operators
    factors = METHODS[ALTERNATING].fuse(prepared).operator.factors
    assert [*factors] == list(prepared.operators.values())
    assert [repr(P) for P in factors] == ["view1", "view2"]
