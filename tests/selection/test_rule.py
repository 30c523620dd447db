"""Steps by cross-validation: what is chosen, what is said about it, and what cannot be."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest
import scipy.sparse as sp

from integrated_diffusion import datasets
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.orders import both_orders, given_order, random_order
from integrated_diffusion.integration.steps import Steps
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.selection import (
    CountSplitting,
    CrossValidatedSteps,
    PredictionWarning,
    Selection,
    ViewContribution,
)
from integrated_diffusion.selection.evaluator import CandidateEvaluator, CandidateModel, ErrorDifference
from integrated_diffusion.selection.refinement import is_near, refined, surely_helps
from integrated_diffusion.selection.votes import steps_of
from integrated_diffusion.views.recipes import prepare

RANDOM = Construction(order=random_order, n_jobs=1)
QUICK = CrossValidatedSteps(n_splits=3, n_targets=8)


def digits(*noise, n_samples=300, random_state=0):
    return datasets.noisy_digits(noise, n_samples=n_samples, random_state=random_state).views


def with_noise_alone(views):
    shape = views["view1"].shape
    return views | {"view2": np.random.default_rng(5).standard_normal(shape).astype(np.float32)}


with pytest.warns(PredictionWarning):
    NOISE_ALONE = CrossValidatedSteps().choose_steps(with_noise_alone(digits(0.3, 0.3)), RANDOM)

CHOSEN = {
    "equal": CrossValidatedSteps().choose_steps(digits(0.3, 0.3), RANDOM),
    "noise alone": NOISE_ALONE,
    "three": QUICK.choose_steps(digits(0.3, 0.4, 0.5), RANDOM),
    "given": QUICK.choose_steps(digits(0.3, 0.5), Construction(order=given_order, n_jobs=1)),
    "both": QUICK.choose_steps(digits(0.3, 0.5), Construction(order=both_orders, n_jobs=1)),
    "torn": QUICK.choose_steps(datasets.tree(n_samples=200, local_noise=(0.2, 0.2)).views, RANDOM),
}
EVERY_CHOICE = pytest.mark.parametrize("choice", CHOSEN)


def test_a_view_of_noise_alone_takes_no_steps():
    chosen = CHOSEN["noise alone"]
    assert chosen.steps["view1"] > 0
    assert chosen.steps["view2"] == 0
    contribution = chosen.view_contributions["view2"]
    assert not contribution.is_used
    assert contribution.gain < 0
    assert str(contribution).startswith("no detectable contribution (reduction −")
    assert chosen.view_contributions["view1"].is_used
    assert chosen.view_contributions["view1"].gain > 3 * chosen.view_contributions["view1"].stderr > 0


def test_two_equally_good_views_are_both_used():
    chosen = CHOSEN["equal"]
    assert min(chosen.steps.values()) > 0
    for contribution in chosen.view_contributions.values():
        assert contribution.is_used
        assert contribution.gain > 3 * contribution.stderr > 0
        assert str(contribution).startswith("reduces held-out error by ")


@EVERY_CHOICE
def test_the_votes_say_the_steps(choice):
    candidates, chosen = CHOSEN[choice].candidates, CHOSEN[choice].chosen
    errors = [candidate.error for candidate in candidates]
    assert errors == sorted(errors)
    assert candidates[0].stderr == 0
    votes = np.array(list(CHOSEN[choice].votes.values()))
    assert votes.max() == 1
    assert CHOSEN[choice].steps == dict(zip(CHOSEN[choice].steps, steps_of(votes, 2), strict=True))
    assert CHOSEN[choice].steps == chosen.steps
    assert CHOSEN[choice].n_repeats == chosen.n_repeats


@EVERY_CHOICE
def test_equal_steps_are_always_tried(choice):
    tried = [tuple(c.steps.values()) for c in CHOSEN[choice].candidates if c.n_repeats == 1 and not c.weight_exponent]
    assert (1,) * len(CHOSEN[choice].steps) in tried


@EVERY_CHOICE
def test_every_view_has_been_tried_alone(choice):
    candidates = CHOSEN[choice].candidates
    alone = [{name for name, t in candidate.steps.items() if t} for candidate in candidates]
    assert all({name} in alone for name in CHOSEN[choice].steps)
    assert len({(*c.steps.values(), c.n_repeats, c.weight_exponent) for c in candidates}) == len(candidates)


@EVERY_CHOICE
def test_a_candidates_error_is_the_mean_over_what_is_predicted(choice):
    for candidate in CHOSEN[choice].candidates:
        counted = [error for name, error in candidate.errors.items() if name not in CHOSEN[choice].unpredicted]
        assert candidate.error == pytest.approx(np.mean(counted))
        assert list(candidate.errors) == list(candidate.steps)


@EVERY_CHOICE
def test_contributions_compare_the_selected_model_with_the_best_without(choice):
    chosen = CHOSEN[choice]
    for name, contribution in chosen.view_contributions.items():
        assert contribution.is_used == (chosen.steps[name] > 0)
        errors = {True: [], False: []}
        for candidate in chosen.candidates:
            errors[candidate.steps[name] > 0].append(candidate.error)
        if contribution.is_used and sum(t > 0 for t in chosen.steps.values()) > 1:
            assert contribution.gain == pytest.approx(1 - chosen.chosen.error / min(errors[False]))
        elif not contribution.is_used:
            assert contribution.gain == pytest.approx(1 - min(errors[True]) / chosen.chosen.error)


@EVERY_CHOICE
def test_view_weights_are_kept_for_an_exponent_above_zero(choice):
    chosen = CHOSEN[choice]
    if chosen.chosen.weight_exponent == 0:
        assert chosen.view_weights is None
    else:
        assert list(chosen.view_weights) == [name for name, t in chosen.steps.items() if t]
        assert (np.max(list(chosen.view_weights.values()), axis=0) == 1).all()


def test_some_selections_use_view_weights_and_some_do_not():
    assert CHOSEN["torn"].chosen.weight_exponent > 0
    assert CHOSEN["noise alone"].chosen.weight_exponent == 0


@pytest.mark.parametrize(
    ("gain", "stderr", "used", "words"),
    [
        (0.25, 0.02, True, "reduces held-out error by 25.0% ± 2.0%"),
        (0.02, 0.02, True, "may reduce held-out error by 2.0% ± 2.0%"),
        (-0.01, 0.02, True, "no detectable contribution (reduction −1.0% ± 2.0%)"),
        (0.01, 0.002, False, "no detectable contribution (reduction 1.0% ± 0.2%)"),
        (-0.05, 0.04, False, "no detectable contribution (reduction −5.0% ± 4.0%)"),
    ],
)
def test_contributions_in_words(gain, stderr, used, words):
    assert str(ViewContribution(gain, stderr, used)) == words
    assert repr(ViewContribution(gain, stderr, used)) == f"ViewContribution({words})"


def test_the_old_name_of_is_used_is_warned_of(monkeypatch):
    monkeypatch.setattr("integrated_diffusion.runtime.deprecation._warned", set())
    with pytest.warns(DeprecationWarning, match="'walks' is called 'is_used' now"):
        assert ViewContribution(0.2, 0.01, True).walks


def test_a_selection_cannot_be_changed():
    chosen = CHOSEN["equal"]
    assert isinstance(chosen, Selection)
    assert isinstance(chosen, Steps)
    for result, name in ((chosen, "steps"), (chosen.chosen, "error"), (chosen.view_contributions["view1"], "gain")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(result, name, None)


def test_a_selection_in_words():
    chosen = CHOSEN["noise alone"]
    t, n_repeats, error = chosen.steps["view1"], chosen.n_repeats, chosen.chosen.error
    found, repeats = repr(chosen), f"{n_repeats} repeat" + "s" * (n_repeats > 1)
    assert found.startswith(f"Selection(view1 {t}, view2 0; {repeats}; weight exponent 0: error {error:.4f} ± ")
    assert "view1 reduces held-out error by " in found
    assert "view2 no detectable contribution (reduction −" in found
    assert found.endswith(f"; {len(chosen.candidates)} candidate models)")
    assert "\n" not in found
    assert str(dataclasses.replace(chosen.chosen, n_repeats=2)).startswith(f"view1 {t}, view2 0; 2 repeats; ")


def test_same_seed_same_choice_whatever_the_number_of_threads():
    views = digits(0.3, 0.3, n_samples=150)
    one, again, other = (
        QUICK.choose_steps(views, Construction(order=random_order, random_state=seed, n_jobs=n_jobs))
        for seed, n_jobs in ((1, 1), (1, 2), (2, 1))
    )
    assert one.candidates == again.candidates
    assert one.steps == again.steps
    assert (one.view_weights is None) == (again.view_weights is None)
    assert one.candidates != other.candidates


@pytest.mark.parametrize("order", [given_order, both_orders, random_order])
def test_the_order_asked_for_is_the_order_evaluated(order):
    views = digits(0.3, 0.5, n_samples=120)
    construction = Construction(order=order, steps=QUICK, n_jobs=1)
    chosen = QUICK.choose_steps(views, construction)
    evaluator = QUICK.evaluator(views, construction)
    assert evaluator.order is order
    for candidate in chosen.candidates:
        model = CandidateModel(tuple(candidate.steps.values()), candidate.weight_exponent, candidate.n_repeats)
        assert evaluator.error(model) == candidate.error
    operators = construction.operators(construction.reduce(views))
    assert construction.choose(views, operators).chosen == chosen.chosen
    J = construction.join(operators, chosen).operator
    np.testing.assert_allclose(
        J.toarray(), (order(operators, chosen.steps, chosen.view_weights) ** chosen.n_repeats).toarray(), atol=1e-14
    )


@pytest.mark.parametrize("n_views", [3, 6])
def test_several_views(n_views):
    views = digits(*[0.3] * n_views, n_samples=150)
    views[f"view{n_views}"] = np.random.default_rng(0).standard_normal(views["view1"].shape)
    with pytest.warns(PredictionWarning):
        chosen = QUICK.choose_steps(views, RANDOM)
    assert list(chosen.steps) == list(chosen.view_contributions) == list(views)
    assert sum(t > 0 for t in chosen.steps.values()) >= 2
    assert chosen.steps[f"view{n_views}"] == 0
    assert len(chosen.candidates) < 200  # of more than three thousand for three views, and half a million for six


def test_a_view_of_one_feature_is_never_predicted():
    views = digits(0.3, 0.3, n_samples=150)
    with pytest.warns(PredictionWarning, match="view 'age'"):
        chosen = QUICK.choose_steps(views | {"age": np.arange(150.0)[:, None]}, RANDOM)
    assert list(chosen.chosen.errors) == ["view1", "view2"]
    assert chosen.steps["age"] == 0


@pytest.mark.parametrize(
    "views",
    [
        {"age": np.arange(40.0)[:, None], "height": np.arange(40.0)[::-1, None].copy()},
        {"flat": np.ones((40, 5)), "flatter": np.zeros((40, 2))},
        {"flat": sp.csr_array(np.ones((40, 5))), "age": np.arange(40.0)[:, None]},
    ],
    ids=["single features", "constant", "sparse constant"],
)
def test_views_without_anything_to_split(views):
    with pytest.raises(
        ValueError, match=r"prediction: expected a view with two or more features that vary, .* found none; ch"
    ):
        QUICK.choose_steps(views, RANDOM)


def poisson(seed=0, n=150):
    """Counts of two views of the same four kinds of cells."""
    rng = np.random.default_rng(seed)
    kind = np.arange(n) % 4
    return {
        name: rng.poisson(rng.gamma(1.0, 3.0, size=(4, 30))[kind]).astype(np.float64) for name in ("rna", "protein")
    }


def test_counts_are_split_binomially():
    counts = poisson()
    rule = dataclasses.replace(QUICK, split=CountSplitting())
    chosen = rule.choose_steps({name: prepare(X, name, 10, name=name) for name, X in counts.items()}, RANDOM)
    assert list(chosen.steps) == ["rna", "protein"]
    assert chosen.chosen.error < 0.7
    sparse = {name: sp.csr_array(X) for name, X in counts.items()}
    again = rule.choose_steps({name: prepare(X, name, 10, name=name) for name, X in sparse.items()}, RANDOM)
    assert again.chosen.error == pytest.approx(chosen.chosen.error, abs=0.05)
    for name, X in counts.items():
        assert np.array_equal(sparse[name].toarray(), X)


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"t_max": 0}, ValueError, "t_max: expected at least 1, found 0"),
        ({"t_max": 2.0}, TypeError, "t_max: expected a whole number, found 2.0"),
        ({"max_repeats": 0}, ValueError, "max_repeats: expected at least 1, found 0"),
        ({"n_splits": 1}, ValueError, "n_splits: expected at least 2, found 1"),
        ({"n_targets": 0}, ValueError, "n_targets: expected at least 1, found 0"),
        ({"held_out": 0}, ValueError, "held_out: expected a share between 0 and 1, found 0"),
        ({"held_out": 1.0}, ValueError, "held_out: expected a share between 0 and 1, found 1.0"),
        ({"held_out": np.nan}, ValueError, "held_out: expected a share between 0 and 1, found nan"),
        ({"weight_exponent": ()}, ValueError, r"weight_exponent: expected finite numbers of at least 0, found \(\)"),
        (
            {"weight_exponent": (0.0, -1.0)},
            ValueError,
            r"weight_exponent: expected finite numbers of at least 0, found \(0.0, -1.0\)",
        ),
    ],
)
def test_bad_parameters(parameters, error, message):
    with pytest.raises(error, match=message):
        CrossValidatedSteps(**parameters)


@pytest.mark.parametrize(
    "parameters", [{"weight_exponent": (np.nan,)}, {"weight_exponent": (0.0, np.inf)}, {"split": "halves"}], ids=str
)
def test_parameters_that_would_show_late_are_refused_at_once(parameters):
    with pytest.raises((TypeError, ValueError), match="expected"):
        CrossValidatedSteps(**parameters)


def test_a_rule_is_a_value():
    assert CrossValidatedSteps() == CrossValidatedSteps()
    assert hash(CrossValidatedSteps(t_max=2)) == hash(CrossValidatedSteps(t_max=2))
    assert pickle.loads(pickle.dumps(QUICK)) == QUICK
    assert CrossValidatedSteps().order is random_order
    with pytest.raises(dataclasses.FrozenInstanceError):
        QUICK.t_max = 3


class TableEvaluator(CandidateEvaluator):
    """Errors from a table, the same in every split; models that are not in it have error one."""

    def __init__(self, errors):
        self.views = self.targets = ("view1", "view2")
        self.order, self.scores, self._table, self.coordinates = given_order, {}, errors, frozenset()

    def errors(self, model):
        self.scores.setdefault(model, np.full((4, 2), self._table.get(model, 1.0)))
        return self.scores[model]


@dataclasses.dataclass(frozen=True)
class ByTable(CrossValidatedSteps):
    errors: dict = dataclasses.field(default_factory=dict)

    def evaluator(self, views, construction):
        return TableEvaluator(self.errors)


BY_VOTES = {
    CandidateModel((1, 0)): 0.9,
    CandidateModel((0, 1)): 0.8,
    CandidateModel((1, 1)): 0.7,
    CandidateModel((1, 2)): 0.65,
    CandidateModel((1, 2), n_repeats=2): 0.6,
}


def test_a_table_of_errors_is_followed():
    chosen = ByTable(errors=BY_VOTES).choose_steps({}, Construction())
    assert chosen.votes == pytest.approx({"view1": 0.5, "view2": 1})
    assert chosen.steps == {"view1": 1, "view2": 2}
    assert chosen.n_repeats == 2
    assert chosen.view_contributions["view1"].gain == pytest.approx(1 - 0.6 / 0.8)
    assert chosen.view_contributions["view2"].gain == pytest.approx(1 - 0.6 / 0.9)


def test_the_selected_model_is_evaluated_without_each_of_its_views():
    chosen = ByTable(errors=BY_VOTES).choose_steps({}, Construction())
    tried = [(*candidate.steps.values(), candidate.n_repeats) for candidate in chosen.candidates]
    assert (0, 2, 2) in tried
    assert (1, 0, 2) in tried


@pytest.mark.filterwarnings("ignore::integrated_diffusion.selection.PredictionWarning")
def test_the_selected_model_is_evaluated_with_each_view_it_leaves_out():
    chosen = ByTable(errors={CandidateModel((1, 0), n_repeats=2): 0.5, CandidateModel((1, 0)): 0.6}).choose_steps(
        {}, Construction()
    )
    assert chosen.steps == {"view1": 1, "view2": 0}
    assert (1, 1, 2) in [(*candidate.steps.values(), candidate.n_repeats) for candidate in chosen.candidates]
    assert chosen.view_contributions["view2"] == ViewContribution(-1.0, 0.0, False)


def test_the_fewest_repeats_within_a_standard_error_are_chosen():
    errors = {
        CandidateModel((1, 1), n_repeats=n_repeats): error
        for n_repeats, error in ((1, 0.5), (2, 0.4), (3, 0.4), (4, 0.3))
    }
    evaluator = TableEvaluator(errors | {CandidateModel((1, 0)): 0.6, CandidateModel((0, 1)): 0.6})
    assert refined(evaluator, CandidateModel((1, 1)), (0.0,), 4) == CandidateModel(
        (1, 1), n_repeats=2
    )  # it stops where the error does not fall
    assert refined(evaluator, CandidateModel((1, 1)), (0.0,), 1) == CandidateModel((1, 1))


class TwoTargetsEvaluator(TableEvaluator):
    """Errors about each target, in every split the same but for a given standard deviation."""

    def __init__(self, errors, spread=0.0):
        super().__init__(errors)
        self._spread = spread

    def errors(self, model):
        wobble = self._spread * np.array([-1.0, -1.0, 1.0, 1.0]) * (1 if model.weight_exponent else 0)
        return np.array(self._table.get(model, (0.5, 0.5))) + wobble[:, None]


@pytest.mark.parametrize(
    ("weighted", "spread", "helps"),
    [
        ((0.4, 0.4), 0.0, True),
        ((0.48, 0.48), 0.0, True),
        ((0.49, 0.49), 0.0, False),  # by less than 3%
        ((0.4, 0.4), 0.2, False),  # by less than two standard errors
        ((0.2, 0.51), 0.0, False),  # at the cost of the other target
    ],
)
def test_view_weights_must_surely_help_and_cost_no_target(weighted, spread, helps):
    plain, sharp = CandidateModel((1, 1)), CandidateModel((1, 1), 4.0)
    evaluator = TwoTargetsEvaluator({plain: (0.5, 0.5), sharp: weighted}, spread)
    assert surely_helps(evaluator, sharp, plain) == helps
    assert refined(evaluator, plain, (0.0, 4.0), 1) == (sharp if helps else plain)


def test_a_difference_is_near_within_its_standard_error():
    assert is_near(ErrorDifference(0.1, 0.1))
    assert not is_near(ErrorDifference(0.11, 0.1))


def test_one_view_chooses_its_steps():
    chosen = QUICK.choose_steps({"view1": digits(0.3, n_samples=120)["view1"]}, RANDOM)
    assert chosen.steps == {"view1": 1}
    assert chosen.view_contributions["view1"].gain == pytest.approx(1 - chosen.chosen.error)


def test_contributions_are_finite_without_any_error():
    chosen = ByTable(
        errors={CandidateModel((1, 0)): 0.0, CandidateModel((0, 1)): 0.0, CandidateModel((1, 1)): 0.0}
    ).choose_steps({}, Construction())
    assert all(np.isfinite(contribution.gain) for contribution in chosen.view_contributions.values())


def test_the_contribution_of_the_only_used_view_is_over_the_best_without_it():
    other = CandidateModel((0, 1))
    errors = {CandidateModel((1, 0)): 0.50, other: 1.01, other._replace(n_repeats=2): 1.02}
    with pytest.warns(PredictionWarning, match="view 'view2': expected a diffusion operator that predicts"):
        alone = ByTable(errors=errors).choose_steps({}, Construction())
    assert alone.steps == {"view1": 1, "view2": 0}
    assert alone.view_contributions["view1"].gain == pytest.approx(1 - 0.50 / 1.01)


def test_views_that_are_clean_in_half_of_a_tree_each_are_not_taken_for_noise():
    """One step of either view keeps so much noise that it predicts less than 0.05; two steps predict 0.08."""
    views = datasets.tree(n_samples=1_200, noise=0.02, local_noise=(0.3, 0.3), random_state=30).views
    chosen = CrossValidatedSteps().choose_steps(views, RANDOM)
    assert min(chosen.steps.values()) > 0
    assert chosen.unpredicted == ()
    assert chosen.chosen.weight_exponent > 0


def test_operators_of_the_views_are_not_changed():
    views = digits(0.3, 0.3, n_samples=120)
    construction = Construction(order=random_order, steps=QUICK, n_jobs=1)
    operators = construction.operators(construction.reduce(views))
    before = {name: P.kernel.toarray() for name, P in operators.items()}
    copies = {name: X.copy() for name, X in views.items()}
    construction.choose(views, operators)
    for name, P in operators.items():
        assert isinstance(P, DiffusionOperator)
        np.testing.assert_array_equal(P.kernel.toarray(), before[name])
        np.testing.assert_array_equal(views[name], copies[name])


def test_old_keywords_work_and_are_warned_of_once(monkeypatch):
    monkeypatch.setattr("integrated_diffusion.runtime.deprecation._warned", set())
    with pytest.warns(DeprecationWarning, match="is called") as caught:
        old = CrossValidatedSteps(max_rounds=2, sharpness=(0.0,), n_trials=3)
    assert len(caught) == 3
    assert old == CrossValidatedSteps(max_repeats=2, weight_exponent=(0.0,), n_splits=3)
    assert old == CrossValidatedSteps(
        max_rounds=2, sharpness=(0.0,), n_trials=3
    )  # no second warning, which is an error
