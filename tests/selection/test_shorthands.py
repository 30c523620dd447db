"""What users write for steps, and the rule it stands for."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest

from integrated_diffusion.integration.construction import ViewRule
from integrated_diffusion.integration.steps import EntropySteps, FixedSteps
from integrated_diffusion.selection import CrossValidatedSteps
from integrated_diffusion.selection.shorthands import as_step_rule


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


def test_rules_that_look_at_views_are_told_from_those_that_look_at_walks():
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
