"""The main job on files, without the command line around it."""

import dataclasses
import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import clone

from integrated_diffusion import AlphaDecayKernel, IntegratedDiffusion, LocalDenoising, PowerFilter
from integrated_diffusion.cli.options import Fitting, Preset
from integrated_diffusion.cli.parameters import model_of, pairs, sources_of, step_counts
from integrated_diffusion.io import read
from integrated_diffusion.io.reading.labels import read_labels
from integrated_diffusion.model import workflow
from integrated_diffusion.model.record import describe, record
from integrated_diffusion.runtime.progress import Stopwatch, silent
from integrated_diffusion.selection import CountSplitting

pytestmark = pytest.mark.filterwarnings("default::integrated_diffusion.DisconnectedGraphWarning")
N = 80
NOISE = {"good": 2.0, "poor": 8.0}


@pytest.fixture
def measured(tmp_path):
    rng = np.random.default_rng(0)
    base = rng.normal(size=(N, 3))
    path = tmp_path / "in.npz"
    counts = rng.poisson(np.exp(base @ rng.normal(size=(3, 15)) / 2))
    counts[:, 0] += 1
    np.savez(path, rna=counts, x=base @ rng.normal(size=(3, 6)), kind=np.arange(N) % 4)
    return read(path, {"rna": "rna", "x": "x"})


@pytest.fixture
def model():
    return IntegratedDiffusion(n_components=4, n_pca=5, local_denoising=None, steps={"rna": 1, "x": 2})


def fitted(model, measured, progress=silent):
    model.set_params(recipes=workflow.recipes_for(measured))
    workflow.fit(model, measured.views, progress)
    return model


def test_from_measured_to_results(measured, model):
    reported = []
    assert workflow.recipes_for(measured) == {"rna": "rna", "x": "other"}
    fitted(model, measured, lambda *at: reported.append(at))
    results = workflow.results(measured, model, Stopwatch(lambda *at: reported.append(at)))
    np.testing.assert_array_equal(results.embedding, model.embedding_)
    assert results.phate.shape == (N, 2)
    assert results.connectivities.shape == results.distances.shape == (N, N)
    assert results.record["steps"] == {"rna": 1, "x": 2}
    assert all(0 <= done <= total for _, done, total in reported)
    assert {"rna: normalising", "embedding", "PHATE of the integrated operator"} <= {stage for stage, _, _ in reported}
    assert model.verbose is False


def test_denoised_view_is_the_operator_on_normalised_values(measured, model):
    fitted(model, measured)
    columns = workflow.feature_columns(measured, "rna", [measured.feature_names["rna"][i] for i in (7, 2)])
    np.testing.assert_array_equal(columns, [7, 2])
    view = workflow.denoised_view(measured, model, "rna", columns, power=2)
    counts = np.asarray(measured.views["rna"], dtype=np.float64)
    depth = counts.sum(axis=1, keepdims=True)
    values = np.log1p(counts * np.median(depth) / depth)
    J = model.operator_.toarray()
    found = np.hstack([block for _, block in view.blocks])
    np.testing.assert_allclose(found, (J @ J @ values)[:, [7, 2]], rtol=1e-5)


def test_recipes_are_checked(measured):
    with pytest.raises(ValueError, match=r"'y'.*correct the name"):
        workflow.recipes_for(measured, {"y": "rna"})
    with pytest.raises(ValueError, match="expected one of 'rna'"):
        workflow.recipes_for(measured, {"x": "proteins"})


def test_a_recipe_for_counts_refuses_negative_values(measured, model):
    model.set_params(recipes=workflow.recipes_for(measured, {"x": "protein"}))
    with pytest.raises(ValueError, match=r"view 'x': .* negative"):
        workflow.fit(model, measured.views)


def test_record_is_complete(measured, model):
    found = record(fitted(model, measured), measured.places)
    assert set(found["parameters"]) == set(model.get_params(deep=False))
    said = {"version", "operator", "steps", "n_repeats", "power", "parameters", "views", "entropy", "representation"}
    assert set(found) == said | {"libraries", "n_samples", "seconds"}
    assert found["libraries"]["numpy"] == np.__version__
    place = f"{measured.places['rna'].file.name}:rna"
    assert found["views"]["rna"] == {
        "place": place,
        "inside": "rna",
        "recipe": "rna",
        "n_samples": N,
        "n_features": 15,
        "n_coordinates": 5,
        "whole": True,
    }
    assert found["parameters"]["kernel"]["kind"] == "AlphaDecayKernel"
    for name, curve in model.entropy_.items():
        np.testing.assert_array_equal(found["entropy"][name]["value"], curve.value)


def test_the_record_has_the_candidates_of_cross_validation(measured):
    model = fitted(IntegratedDiffusion(n_components=4, n_pca=5), measured)
    found = record(model, measured.places)["selection"]
    assert found["chosen"] == str(model.selection_.chosen)
    assert found["error"][found["chosen_index"]] == model.selection_.chosen.error
    assert found["view_contributions"] == {
        name: str(contribution) for name, contribution in model.selection_.view_contributions.items()
    }
    for name in ("rna", "x"):
        assert found["steps"][name].tolist() == [tried.steps[name] for tried in model.selection_.candidates]
    np.testing.assert_array_equal(found["error"], [tried.error for tried in model.selection_.candidates])


@pytest.mark.parametrize("steps", [{"rna": 2, "x": 0}, {"rna": 1, "x": 3}])
def test_view_weights_are_a_column_a_view(measured, steps):
    model = fitted(IntegratedDiffusion(n_components=4, n_pca=5, steps=steps), measured)
    expected = np.tile([float(t > 0) for t in steps.values()], (N, 1))
    np.testing.assert_array_equal(workflow.view_weights_by_view(model), expected)
    model.view_weights_ = {"rna": np.linspace(0, 1, N)}
    np.testing.assert_array_equal(workflow.view_weights_by_view(model)[:, 0], np.linspace(0, 1, N))


def test_counts_can_be_split(measured):
    model = IntegratedDiffusion(n_components=4, n_pca=5, recipes=workflow.recipes_for(measured))
    workflow.split_counts(model, model.recipes)
    assert model.steps.split == CountSplitting()
    workflow.fit(model, measured.views)
    assert set(model.selection_.view_contributions) == {"rna", "x"}
    with pytest.raises(ValueError, match="--split-counts: expected cross-validated steps"):
        workflow.split_counts(IntegratedDiffusion(steps={"rna": 1, "x": 1}), {"rna": "rna"})
    with pytest.raises(ValueError, match="--split-counts: expected a view of counts"):
        workflow.split_counts(IntegratedDiffusion(), {"rna": "other", "x": "none"})


def arrays_within(value):
    """All arrays in a parameter, in the fields of values and in containers."""
    if isinstance(value, np.ndarray) or sp.issparse(value):
        return [value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = [getattr(value, field.name) for field in dataclasses.fields(value)]
    if isinstance(value, dict):
        value = list(value.values())
    return [array for inner in value for array in arrays_within(inner)] if isinstance(value, list | tuple) else []


@pytest.mark.parametrize("splits_counts", [False, True])
def test_the_parameters_of_a_fitted_model_hold_no_data(measured, splits_counts):
    model = IntegratedDiffusion(n_components=4, n_pca=5, recipes=workflow.recipes_for(measured))
    if splits_counts:
        workflow.split_counts(model, model.recipes)
    workflow.fit(model, measured.views)
    copy = clone(model)
    assert arrays_within(copy.get_params()) == arrays_within(model.get_params()) == []
    assert len(pickle.dumps(copy)) < 4_000
    assert arrays_within([measured.views, CountSplitting()])  # the check can fail
    np.testing.assert_array_equal(copy.fit_transform(measured.views), model.embedding_)


def test_one_linear_signal_is_found_through_its_features():
    """Its principal components, of which one carries everything, could not predict each other."""
    rng = np.random.default_rng(0)
    group = rng.integers(0, 4, 300)
    z = 3.0 * group[:, None] + 0.5 * rng.normal(size=(300, 1))
    views = {name: z @ rng.normal(size=(1, 100)) + noise * rng.normal(size=(300, 100)) for name, noise in NOISE.items()}
    model = IntegratedDiffusion(n_components=4, recipes=dict.fromkeys(NOISE, "none"))
    workflow.fit(model, views)
    view_contributions = model.selection_.view_contributions["good"]
    assert model.steps_["good"] > 0
    assert view_contributions.gain > 3 * view_contributions.stderr > 0


def test_describe_settings():
    found = describe(LocalDenoising(filter=PowerFilter(3), kernel=AlphaDecayKernel(7)))
    assert found["kind"] == "LocalDenoising"
    assert found["filter"] == {"kind": "PowerFilter", "t": 3}
    assert found["kernel"]["n_neighbors"] == 7
    assert describe({"a": None}) == {"a": None}
    assert describe(np.linalg.norm) == "norm"


class TestLabels:
    def test_from_npz(self, measured):
        np.testing.assert_array_equal(read_labels(measured, "kind"), np.arange(N) % 4)

    def test_unknown(self, measured):
        with pytest.raises(ValueError, match=r"expected a column 'kin'.*'kind'"):
            read_labels(measured, "kin")

    def test_format_without_labels(self, measured, tmp_path):
        for name, X in measured.views.items():
            np.save(tmp_path / f"{name}.npy", X)
        arrays = read([tmp_path / "rna.npy", tmp_path / "x.npy"])
        with pytest.raises(ValueError, match=r"'\.npy'"):
            read_labels(arrays, "kind")


class TestOptions:
    def test_pairs(self):
        assert pairs(["a=1", "b=x=y"], "--o") == {"a": "1", "b=x": "y"}  # the name of a view may have a sign
        assert pairs(None, "--o") == {}
        for words in (["a"], ["=1"], ["a="]):
            with pytest.raises(ValueError, match="NAME=VALUE"):
                pairs(words, "--o")
        with pytest.raises(ValueError, match="twice"):
            pairs(["a=1", "a=2"], "--o")

    def test_sources_of(self):
        assert sources_of(None) is None
        assert sources_of(["rna", "b=c:X"]) == {"rna": "rna", "b": "c:X"}

    def test_step_counts(self):
        assert step_counts(None) is None
        assert step_counts(["a=0", "b=3"]) == {"a": 0, "b": 3}
        for text in ("1.5", "x", "--2"):
            with pytest.raises(ValueError, match="whole number"):
                step_counts([f"a={text}"])

    def test_model(self):
        model = model_of(Fitting(preset=Preset.PAPER, n_neighbors=9, local_denoising=False), power=None, n_components=3)
        assert model.kernel.n_neighbors == 9
        assert model.kernel.decay == IntegratedDiffusion.paper().kernel.decay
        assert model.local_denoising is None
        assert model.power == "entropy"
        assert model.n_components == 3

    def test_local_denoising_is_the_presets_unless_asked(self):
        denoising = {
            (preset, asked): model_of(Fitting(preset=preset, local_denoising=asked)).local_denoising
            for preset in Preset
            for asked in (None, True, False)
        }
        assert denoising[Preset.DEFAULT, None] is denoising[Preset.DEFAULT, False] is None
        assert denoising[Preset.DEFAULT, True] == LocalDenoising()
        assert (
            denoising[Preset.PAPER, None]
            == denoising[Preset.PAPER, True]
            == IntegratedDiffusion.paper().local_denoising
        )
        assert denoising[Preset.PAPER, False] is None

    def test_the_default_kernel_with_other_neighbours(self):
        kernel = model_of(Fitting(n_neighbors=9)).kernel
        assert kernel == AlphaDecayKernel(9, anisotropy=1.0)
