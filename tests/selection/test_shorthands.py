"""Settings as users write them, and the values they stand for."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest

from integrated_diffusion.integration.construction import Construction, ViewRule
from integrated_diffusion.integration.orders import both_orders, given_order, random_order
from integrated_diffusion.integration.steps import EntropySteps, FixedSteps
from integrated_diffusion.kernels import AlphaDecayKernel
from integrated_diffusion.operators.build import DEFAULT_KERNEL
from integrated_diffusion.selection import CrossValidatedSteps
from integrated_diffusion.selection.shorthands import as_step_rule, construction_of


def test_names_stand_for_rules():
    assert as_step_rule("cross_validated") == CrossValidatedSteps()
    assert as_step_rule("entropy") == EntropySteps()


@pytest.mark.parametrize("form", [dict, MappingProxyType])
def test_a_mapping_fixes_the_steps(form):
    assert as_step_rule(form({"rna": 3, "atac": 0})) == FixedSteps({"rna": 3, "atac": 0})


def test_a_mapping_that_changes_later_changes_no_rule():
    steps = {"rna": 3}
    rule = as_step_rule(steps)
    steps["rna"] = 1
    assert rule.steps == {"rna": 3}


def just_one_step(operators, random_state=0):
    """The least a rule can be."""


@pytest.mark.parametrize(
    "rule",
    [CrossValidatedSteps(t_max=2), EntropySteps(t_max=50), just_one_step],
    ids=["prediction", "entropy", "function"],
)
def test_rules_are_taken_as_they_are(rule):
    assert as_step_rule(rule) is rule


def test_rules_by_views_differ_from_rules_by_operators():
    assert isinstance(CrossValidatedSteps(), ViewRule)
    assert not any(isinstance(rule, ViewRule) for rule in (EntropySteps(), FixedSteps({"rna": 1}), just_one_step))


@pytest.mark.parametrize("text", ["entropie", "cross-validated", "", "Entropy"])
def test_other_texts_are_refused_with_the_choices(text):
    with pytest.raises(
        ValueError, match=r"steps: expected 'cross_validated', 'entropy' or a mapping .*, found '.*'; ch"
    ):
        as_step_rule(text)


@pytest.mark.parametrize("value", [3, None, [3, 1], (3, 1), np.array([3, 1]), 1.5], ids=repr)
def test_other_types_are_refused(value):
    with pytest.raises(
        TypeError, match=f"'cross_validated', 'entropy' .*, or a rule, found {type(value).__name__}; wri"
    ):
        as_step_rule(value)


@pytest.mark.parametrize("rule", [CrossValidatedSteps, EntropySteps, dict])
def test_a_class_is_not_yet_a_rule(rule):
    with pytest.raises(TypeError, match="steps: expected"):
        as_step_rule(rule)


def test_shorthands_become_one_construction():
    given = {"kernel": None, "steps": "cross_validated", "order": None, "n_pca": 7, "random_state": 3, "embedding": "x"}
    expected = Construction(DEFAULT_KERNEL, steps=CrossValidatedSteps(), order=random_order, n_pca=7, random_state=3)
    assert construction_of(given) == expected


@pytest.mark.parametrize(
    ("steps", "order", "expected"),
    [
        ("entropy", None, given_order),
        ({"rna": 1}, None, given_order),
        ("cross_validated", "given", given_order),
        ("entropy", "random", random_order),
        ("entropy", both_orders, both_orders),
        (just_one_step, None, given_order),
    ],
)
def test_the_order_that_was_asked_for_or_that_of_the_rule(steps, order, expected):
    kernel = AlphaDecayKernel(7)
    construction = construction_of({"kernel": kernel, "steps": steps, "order": order})
    assert construction.order is expected
    assert construction.kernel is kernel


def test_an_order_need_not_be_given():
    assert construction_of({"kernel": None, "steps": "cross_validated"}).order is random_order
