"""Short ways to say which rule chooses the steps."""

from __future__ import annotations

from collections.abc import Mapping

from integrated_diffusion.integration.construction import Rule, ViewRule
from integrated_diffusion.integration.steps import EntropySteps, FixedSteps
from integrated_diffusion.selection.rule import CrossValidatedSteps


def as_step_rule(steps: object) -> Rule:
    """Turn `"cross_validated"`, `"entropy"`, a mapping from view to steps, or a rule into a rule.

    Raises
    ------
    ValueError
        If it is another text.
    TypeError
        If it is something else.
    """
    expected = "'cross_validated', 'entropy' or a mapping from view to steps"
    if isinstance(steps, str) and steps in _BY_NAME:
        return _BY_NAME[steps]()
    if isinstance(steps, Mapping):
        return FixedSteps(dict(steps))
    if isinstance(steps, str):
        raise ValueError(f"steps: expected {expected}, found {steps!r}; choose one")
    if not isinstance(steps, type) and (callable(steps) or isinstance(steps, ViewRule)):
        return steps
    raise TypeError(
        f"steps: expected {expected}, or a rule, found {type(steps).__name__}; write for instance "
        "{'rna': 3, 'atac': 1}"
    )


_BY_NAME = {"cross_validated": CrossValidatedSteps, "entropy": EntropySteps}
