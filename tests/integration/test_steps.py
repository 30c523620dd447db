"""Rules for the steps of each view, and the integrated operator they make."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.linalg import svdvals

from integrated_diffusion.integration.orders import given_order
from integrated_diffusion.integration.ratios import ceil_steps, reduce_steps
from integrated_diffusion.integration.steps import (
    EntropySteps,
    FixedSteps,
    ReducedRatio,
    Steps,
    choose_power,
    spectrum_of_eigenvalues,
    spectrum_of_singular_values,
)
from integrated_diffusion.kernels import AlphaDecayKernel
from integrated_diffusion.operators import Identity
from integrated_diffusion.operators.build import diffusion_operator
from integrated_diffusion.selection.shorthands import as_step_rule
from integrated_diffusion.spectrum.elbows import elbow_marginal_decrease, elbow_two_segment
from oracles import dense_eigenvalues, dense_entropy

RNG = np.random.default_rng(0)
N = 150
T = np.arange(1, 101)
OPERATORS = {
    name: diffusion_operator(X, AlphaDecayKernel(n_neighbors=5), name=name)
    for name, X in {
        "rna": RNG.standard_normal((N, 2)),
        "atac": RNG.standard_normal((N, 10)),
        "protein": np.sort(RNG.uniform(size=(N, 1)), axis=0),
    }.items()
}
DENSE = {name: P.toarray() for name, P in OPERATORS.items()}


def test_entropy_steps_reduce_the_elbows():
    elbows = {
        name: elbow_marginal_decrease(dense_entropy(dense_eigenvalues(P.kernel.toarray()), T))
        for name, P in OPERATORS.items()
    }
    assert len(set(elbows.values())) > 1
    for tolerance in (0.0, 0.25):
        chosen = EntropySteps(reduction=ReducedRatio(tolerance))(OPERATORS)
        assert {name: curve.elbow for name, curve in chosen.curves.items()} == elbows
        assert tuple(chosen.steps.values()) == reduce_steps(list(elbows.values()), tolerance)
        assert list(chosen.steps) == list(chosen.curves) == list(OPERATORS)
    assert EntropySteps()(OPERATORS).steps == EntropySteps(reduction=ReducedRatio(0.25))(OPERATORS).steps


def test_the_authors_convention():
    rule = EntropySteps(t_max=100, elbow=elbow_two_segment, spectrum=spectrum_of_singular_values, reduction=ceil_steps)
    chosen = rule(OPERATORS)
    elbows = []
    for name, P in DENSE.items():
        value = dense_entropy(svdvals(P), T)
        np.testing.assert_allclose(chosen.curves[name].value, value, rtol=1e-9, atol=1e-12)
        elbows.append(elbow_two_segment(value))
    assert tuple(chosen.steps.values()) == ceil_steps(elbows)


def test_spectra_of_both_conventions():
    P = OPERATORS["atac"]
    np.testing.assert_allclose(
        spectrum_of_eigenvalues(P).nodes, np.sort(np.abs(dense_eigenvalues(P.kernel.toarray())))[::-1], atol=1e-12
    )
    np.testing.assert_allclose(spectrum_of_singular_values(P).nodes, svdvals(DENSE["atac"]), atol=1e-12)


def test_length_of_the_curve():
    assert len(EntropySteps(t_max=7).curve(OPERATORS["rna"]).t) == 7


def test_fixed_steps():
    given = {"protein": np.int64(1), "rna": 3, "atac": 0}
    chosen = FixedSteps(given)(OPERATORS)
    assert chosen.steps == {"rna": 3, "atac": 0, "protein": 1}
    assert list(chosen.steps) == list(OPERATORS)
    assert all(type(t) is int for t in chosen.steps.values())
    assert not chosen.curves
    assert repr(chosen) == "Steps(rna=3, atac=0, protein=1)"
    assert isinstance(chosen, Steps)


@pytest.mark.parametrize(
    ("steps", "error", "message"),
    [
        (
            {"rna": 1, "atac": 1, "protein": 1, "prot": 2},
            ValueError,
            "steps: expected names of views among 'rna', 'atac', 'protein', found 'prot'; correct the name",
        ),
        (
            {"rna": 1},
            ValueError,
            "steps: expected a number for every view, found none for 'atac', 'protein'; add it, 0 leaves a view out",
        ),
        ({"rna": 0, "atac": 0, "protein": 0}, ValueError, "steps: expected at least one view with steps, found 0"),
        ({"rna": -1, "atac": 1, "protein": 1}, ValueError, r"steps\['rna'\]: expected at least 0, found -1"),
        ({"rna": 1, "atac": 1.0, "protein": 1}, TypeError, r"steps\['atac'\]: expected a whole number, found 1.0"),
        ({"rna": 1, "atac": "2", "protein": 1}, TypeError, r"steps\['atac'\]: expected a whole number, found '2'"),
        ({"rna": 1, "atac": True, "protein": 1}, TypeError, r"steps\['atac'\]: expected a whole number, found True"),
    ],
)
def test_steps_that_cannot_be_taken(steps, error, message):
    with pytest.raises(error, match=message):
        FixedSteps(steps)(OPERATORS)


def test_a_rule_from_what_users_write():
    assert as_step_rule("entropy") == EntropySteps()
    assert as_step_rule({"rna": 2}) == FixedSteps({"rna": 2})
    rule = EntropySteps(t_max=50)
    assert as_step_rule(rule) is rule
    assert pickle.loads(pickle.dumps(EntropySteps())) == EntropySteps()


@pytest.mark.parametrize(
    ("steps", "error", "message"),
    [
        ("entropie", ValueError, "'cross_validated', 'entropy' or a mapping from view to steps, found 'entropie'"),
        ([3, 1], TypeError, "a mapping from view to steps, or a rule, found list"),
        (np.array([3, 1]), TypeError, "or a rule, found ndarray"),
        (3, TypeError, "or a rule, found int"),
        (None, TypeError, "or a rule, found NoneType"),
    ],
)
def test_what_is_no_rule(steps, error, message):
    with pytest.raises(error, match=message):
        as_step_rule(steps)


@pytest.mark.parametrize(
    ("steps", "formula"),
    [
        ({"rna": 3, "atac": 1, "protein": 2}, "rna³ · atac · protein²"),
        ({"protein": 2, "atac": 1, "rna": 3}, "rna³ · atac · protein²"),
        ({"rna": 3, "atac": 0, "protein": 2}, "rna³ · protein²"),
        ({"rna": 0, "atac": 1, "protein": 0}, "atac"),
    ],
)
def test_the_integrated_operator_is_equation_seven(steps, formula):
    J = given_order(OPERATORS, steps)
    assert repr(J) == formula
    expected = np.eye(N)
    for name, P in DENSE.items():
        expected = expected @ np.linalg.matrix_power(P, steps[name])
    np.testing.assert_allclose(J.toarray(), expected, rtol=0, atol=1e-13)


def test_no_steps_are_the_identity():
    assert isinstance(given_order(OPERATORS, dict.fromkeys(OPERATORS, 0)), Identity)


def test_power_by_entropy_of_the_singular_values():
    J = given_order(OPERATORS, {"rna": 2, "atac": 1, "protein": 1})
    expected = elbow_marginal_decrease(dense_entropy(svdvals(J.toarray()), T))
    assert choose_power(J) == choose_power(J, "entropy") == expected
    assert choose_power(J, 4) == 4
    assert type(choose_power(J, np.int64(4))) is int


@pytest.mark.parametrize(
    ("power", "error", "message"),
    [
        ("auto", ValueError, "power: expected 'entropy' or a whole number, found 'auto'"),
        (0, ValueError, "power: expected at least 1, found 0"),
        (1.5, TypeError, "power: expected a whole number, found 1.5"),
        (None, TypeError, "power: expected a whole number, found None"),
    ],
)
def test_what_is_no_power(power, error, message):
    with pytest.raises(error, match=message):
        choose_power(OPERATORS["rna"], power)
