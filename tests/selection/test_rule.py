"""Steps by cross-validation: what is chosen, what is said about it, and what cannot be."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from integrated_diffusion import datasets
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.orders import both_orders, given_order, random_order
from integrated_diffusion.integration.steps import Steps
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.selection import CountSplitting, CrossValidatedSteps, Selection, ViewContribution
from integrated_diffusion.selection.evaluator import CandidateEvaluator, CandidateModel
from integrated_diffusion.views.recipes import prepare

BY_LOT = Construction(order=random_order, n_jobs=1)
QUICK = CrossValidatedSteps(n_splits=3, n_targets=8)


def digits(*noise, n_samples=300, random_state=0):
    return datasets.noisy_digits(noise, n_samples=n_samples, random_state=random_state).views


def with_noise_alone(views):
    shape = views["view1"].shape
    return views | {"view2": np.random.default_rng(5).standard_normal(shape).astype(np.float32)}


def simplicity(candidate):
    steps = candidate.steps.values()
    return sum(t > 0 for t in steps), candidate.n_repeats, candidate.weight_exponent, sum(steps)


CHOSEN = {
    "equal": CrossValidatedSteps().choose_steps(digits(0.3, 0.3), BY_LOT),
    "noise alone": CrossValidatedSteps().choose_steps(with_noise_alone(digits(0.3, 0.3)), BY_LOT),
    "three": QUICK.choose_steps(digits(0.3, 0.4, 2.0), BY_LOT),
    "given": QUICK.choose_steps(digits(0.3, 0.5), Construction(order=given_order, n_jobs=1)),
    "both": QUICK.choose_steps(digits(0.3, 0.5), Construction(order=both_orders, n_jobs=1)),
    "torn": QUICK.choose_steps(datasets.tree(n_samples=200).views, BY_LOT),
}
EVERY_CHOICE = pytest.mark.parametrize("choice", CHOSEN)


def test_a_view_of_noise_alone_takes_no_steps():
    chosen = CHOSEN["noise alone"]
    assert chosen.steps["view1"] > 0
    assert chosen.steps["view2"] == 0
    view_contributions = chosen.view_contributions["view2"]
    assert not view_contributions.is_used
    assert view_contributions.gain < 0
    assert str(view_contributions).startswith("no detectable contribution (reduction −")
    assert chosen.view_contributions["view1"].is_used
    assert chosen.view_contributions["view1"].gain > 3 * chosen.view_contributions["view1"].stderr > 0


def test_two_equally_good_views_both_walk():
    chosen = CHOSEN["equal"]
    assert min(chosen.steps.values()) > 0
    for contribution in chosen.view_contributions.values():
        assert contribution.is_used
        assert contribution.gain > 3 * contribution.stderr > 0
        assert str(contribution).startswith("reduces held-out error by ")


@EVERY_CHOICE
def test_the_simplest_within_one_standard_error_is_chosen(choice):
    candidates, chosen = CHOSEN[choice].candidates, CHOSEN[choice].chosen
    errors = [candidate.error for candidate in candidates]
    assert errors == sorted(errors)
    assert candidates[0].stderr == 0
    near = [candidate for candidate in candidates if candidate.error - errors[0] <= candidate.stderr]
    assert chosen in near
    assert simplicity(chosen) == min(map(simplicity, near))
    assert CHOSEN[choice].steps == chosen.steps
    assert CHOSEN[choice].n_repeats == chosen.n_repeats


@EVERY_CHOICE
def test_every_view_has_been_tried_alone(choice):
    candidates = CHOSEN[choice].candidates
    alone = [{name for name, t in candidate.steps.items() if t} for candidate in candidates]
    assert all({name} in alone for name in CHOSEN[choice].steps)
    assert len({(*c.steps.values(), c.n_repeats, c.weight_exponent) for c in candidates}) == len(candidates)


@EVERY_CHOICE
def test_a_candidates_error_is_the_mean_over_what_is_predicted(choice):
    for candidate in CHOSEN[choice].candidates:
        assert candidate.error == pytest.approx(np.mean(list(candidate.errors.values())))
        assert list(candidate.errors) == list(candidate.steps)


@EVERY_CHOICE
def test_worth_compares_the_chosen_walk_with_the_best_without(choice):
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
def test_trust_is_kept_where_doubts_count(choice):
    chosen = CHOSEN[choice]
    if chosen.chosen.weight_exponent == 0:
        assert chosen.view_weights is None
    else:
        assert list(chosen.view_weights) == [name for name, t in chosen.steps.items() if t]
        assert (np.max(list(chosen.view_weights.values()), axis=0) == 1).all()


def test_some_choice_counts_doubts_and_some_does_not():
    assert CHOSEN["torn"].chosen.weight_exponent > 0
    assert CHOSEN["noise alone"].chosen.weight_exponent == 0


@pytest.mark.parametrize(
    ("contribution", "words"),
    [
        (ViewContribution(0.2, 0.01, True), "reduces held-out error by 20.0% ± 1.0%"),
        (ViewContribution(0.02, 0.09, True), "may reduce held-out error by 2.0% ± 9.0%"),
        (
            ViewContribution(0.003, 0.001, False),
            "no detectable contribution (reduction 0.3% ± 0.1%)",
        ),
        (ViewContribution(-0.04, 0.042, False), "no detectable contribution (reduction −4.0% ± 4.2%)"),
    ],
)
def test_what_is_said_of_a_view(contribution, words):
    assert str(contribution) == words


def test_a_selection_cannot_be_changed():
    chosen = CHOSEN["equal"]
    assert isinstance(chosen, Selection)
    assert isinstance(chosen, Steps)
    for result, name in ((chosen, "steps"), (chosen.chosen, "error"), (chosen.view_contributions["view1"], "gain")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(result, name, None)


def test_a_selection_reads_like_a_finding():
    chosen = CHOSEN["noise alone"]
    t, n_repeats, error = chosen.steps["view1"], chosen.n_repeats, chosen.chosen.error
    found = repr(chosen)
    repeats = f"{n_repeats} repeat{'s' * (n_repeats > 1)}"
    assert found.startswith(f"Selection(view1 {t}, view2 0; {repeats}; weight exponent 0: error {error:.4f} ± ")
    assert "view1 reduces held-out error by " in found
    assert "view2 no detectable contribution " in found
    assert found.endswith(f"; {len(chosen.candidates)} candidate models)")
    assert "\n" not in found
    assert str(ViewContribution(0.125, 0.01, True)) == "reduces held-out error by 12.5% ± 1.0%"


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
def test_the_order_asked_for_is_the_order_judged(order):
    views = digits(0.3, 0.5, n_samples=120)
    construction = Construction(order=order, steps=QUICK, n_jobs=1)
    chosen = QUICK.choose_steps(views, construction)
    evaluator = QUICK.evaluator(views, construction)
    assert evaluator.order is order
    for candidate in chosen.candidates:
        walk = CandidateModel(tuple(candidate.steps.values()), candidate.weight_exponent, candidate.n_repeats)
        assert evaluator.error(walk) == candidate.error
    walks = construction.operators(construction.reduce(views))
    assert construction.choose(views, walks).chosen == chosen.chosen
    assert all(len(curve.t) for curve in construction.choose(views, walks).curves.values())
    J = construction.join(walks, chosen).operator
    np.testing.assert_allclose(
        J.toarray(), (order(walks, chosen.steps, chosen.view_weights) ** chosen.n_repeats).toarray(), atol=1e-14
    )


@pytest.mark.parametrize("n_views", [3, 6])
def test_several_views(n_views):
    views = digits(*[0.3] * n_views, n_samples=150)
    views[f"view{n_views}"] = np.random.default_rng(0).standard_normal(views["view1"].shape)
    chosen = QUICK.choose_steps(views, BY_LOT)
    assert list(chosen.steps) == list(chosen.view_contributions) == list(views)
    assert sum(t > 0 for t in chosen.steps.values()) >= 2
    assert chosen.steps[f"view{n_views}"] == 0
    assert len(chosen.candidates) < 200  # of more than three thousand for three views, and half a million for six


def test_one_feature_walks_or_not_but_is_never_predicted():
    views = digits(0.3, 0.3, n_samples=150)
    chosen = QUICK.choose_steps(views | {"age": np.arange(150.0)[:, None]}, BY_LOT)
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
        QUICK.choose_steps(views, BY_LOT)


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
    chosen = rule.choose_steps({name: prepare(X, name, 10, name=name) for name, X in counts.items()}, BY_LOT)
    assert list(chosen.steps) == ["rna", "protein"]
    assert chosen.chosen.error < 0.7
    sparse = {name: sp.csr_array(X) for name, X in counts.items()}
    again = rule.choose_steps({name: prepare(X, name, 10, name=name) for name, X in sparse.items()}, BY_LOT)
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


class TableJury(CandidateEvaluator):
    """Errors from a table, in every trial alike; walks that are not in it are as wrong as can be."""

    def __init__(self, errors):
        self.views = self.targets = ("view1", "view2")
        self.order, self.scores, self._table = given_order, {}, errors

    def errors(self, walk):
        self.scores.setdefault(walk, np.full((4, 2), self._table.get(walk, 1.0)))
        return self.scores[walk]


@dataclasses.dataclass(frozen=True)
class ByTable(CrossValidatedSteps):
    errors: dict = dataclasses.field(default_factory=dict)

    def evaluator(self, views, construction):
        return TableJury(self.errors)


TO_THE_BEST = {
    CandidateModel((1, 0)): 0.9,
    CandidateModel((0, 1)): 0.8,
    CandidateModel((1, 1)): 0.7,
    CandidateModel((2, 1)): 0.65,
    CandidateModel((2, 1), n_repeats=2): 0.6,
}


def test_a_table_of_errors_is_followed():
    chosen = ByTable(errors=TO_THE_BEST).choose_steps({}, Construction())
    assert chosen.steps == {"view1": 2, "view2": 1}
    assert chosen.n_repeats == 2
    assert chosen.view_contributions["view1"].gain == pytest.approx(1 - 0.6 / 0.8)
    assert chosen.view_contributions["view2"].gain == pytest.approx(1 - 0.6 / 0.9)


def test_the_chosen_walk_has_been_tried_without_each_of_its_views():
    chosen = ByTable(errors=TO_THE_BEST).choose_steps({}, Construction())
    tried = [(*candidate.steps.values(), candidate.n_repeats) for candidate in chosen.candidates]
    assert (0, 1, 2) in tried
    assert (2, 0, 2) in tried


def test_the_chosen_walk_has_been_tried_with_each_view_it_leaves_out():
    chosen = ByTable(
        errors={CandidateModel((2, 0), n_repeats=2): 0.5, CandidateModel((2, 0)): 0.6, CandidateModel((1, 0)): 0.7}
    ).choose_steps({}, Construction())
    assert chosen.steps == {"view1": 2, "view2": 0}
    assert (2, 1, 2) in [(*candidate.steps.values(), candidate.n_repeats) for candidate in chosen.candidates]
    assert chosen.view_contributions["view2"] == ViewContribution(-1.0, 0.0, False)


def test_what_is_tried_for_a_views_worth_can_be_chosen():
    unseen = CandidateModel((0, 1), n_repeats=2)  # not beside any walk that the search comes by
    chosen = ByTable(errors=TO_THE_BEST | {unseen: 0.5}).choose_steps({}, Construction())
    assert chosen.chosen.error == chosen.candidates[0].error == 0.5
    assert all(contribution.gain >= 0 for contribution in chosen.view_contributions.values() if contribution.is_used)


class RoughJury(TableJury):
    """Errors at random about a bowl, in every trial others."""

    def __init__(self, seed):
        super().__init__({})
        self._seed, self._lowest = seed, np.random.default_rng(seed).uniform(0, 4, 4)

    def errors(self, walk):
        place = np.array([*walk.steps, walk.n_repeats, walk.weight_exponent])
        rough = np.random.default_rng([self._seed, *place.astype(int)]).standard_normal((6, 2))
        self.scores.setdefault(walk, 0.5 + 0.02 * ((place - self._lowest) ** 2).sum() + 0.05 * rough)
        return self.scores[walk]

    def view_weights(self, weight_exponent, views=None):
        return None


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_whatever_the_errors_the_choice_holds_among_all_that_was_tried(seed):
    class Rule(CrossValidatedSteps):
        def evaluator(self, views, construction):
            return RoughJury(seed)

    chosen = Rule().choose_steps({}, Construction())
    best = chosen.candidates[0]
    assert best.error == min(candidate.error for candidate in chosen.candidates)
    assert best.stderr == 0
    near = [candidate for candidate in chosen.candidates if candidate.error - best.error <= candidate.stderr]
    assert simplicity(chosen.chosen) == min(map(simplicity, near))
    assert chosen.chosen in near
    tried = [(candidate.steps, candidate.n_repeats, candidate.weight_exponent) for candidate in chosen.candidates]
    for walk in (best, chosen.chosen):
        for name, t in walk.steps.items():
            with_or_without = walk.steps | {name: 0 if t else 1}
            assert not any(with_or_without.values()) or (with_or_without, walk.n_repeats, walk.weight_exponent) in tried


def test_one_view_chooses_its_steps():
    chosen = QUICK.choose_steps({"view1": digits(0.3, n_samples=120)["view1"]}, BY_LOT)
    assert chosen.steps == {"view1": 1}
    assert chosen.view_contributions["view1"].gain == pytest.approx(1 - chosen.chosen.error)


def test_views_that_are_never_wrong_have_a_worth():
    chosen = ByTable(
        errors={CandidateModel((1, 0)): 0.0, CandidateModel((0, 1)): 0.0, CandidateModel((1, 1)): 0.0}
    ).choose_steps({}, Construction())
    assert all(np.isfinite(contribution.gain) for contribution in chosen.view_contributions.values())


def test_the_worth_of_a_view_that_walks_alone_is_over_the_best_without_it():
    alone = ByTable(errors={CandidateModel((1, 0)): 0.50, CandidateModel((0, 1)): 0.51}).choose_steps(
        {}, Construction()
    )
    assert alone.steps == {"view1": 1, "view2": 0}
    assert alone.view_contributions["view1"].gain == pytest.approx(1 - 0.50 / 0.51)


def test_walks_of_the_views_themselves_are_left_alone():
    views = digits(0.3, 0.3, n_samples=120)
    construction = Construction(order=random_order, steps=QUICK, n_jobs=1)
    walks = construction.operators(construction.reduce(views))
    before = {name: P.kernel.toarray() for name, P in walks.items()}
    copies = {name: X.copy() for name, X in views.items()}
    construction.choose(views, walks)
    for name, P in walks.items():
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
