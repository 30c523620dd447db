"""Settings as they are given, by name or as values, to one `Construction`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from integrated_diffusion.integration.construction import Construction, Rule, ViewRule
from integrated_diffusion.integration.orders import order_of
from integrated_diffusion.integration.steps import EntropySteps, FixedSteps
from integrated_diffusion.operators.build import DEFAULT_KERNEL
from integrated_diffusion.selection.rule import CrossValidatedSteps


def construction_of(settings: Mapping[str, Any]) -> Construction:
    """Return the settings of all stages, each shorthand replaced by what it stands for.

    Parameters
    ----------
    settings : mapping of str to object
        By the names of the parameters of `Construction`; others are not looked at. The kernel may be `None`, `steps` as
        in `as_step_rule`, `order` as in `order_of`, or missing.

    Raises
    ------
    TypeError, ValueError
        If the steps are none, or another setting is of the wrong type.
    """
    rule = as_step_rule(settings["steps"])
    given = {field.name: settings[field.name] for field in fields(Construction) if field.name in settings}
    kernel, order = settings["kernel"] or DEFAULT_KERNEL, order_of(settings.get("order"), rule)
    return Construction(**{**given, "steps": rule, "kernel": kernel, "order": order})


def as_step_rule(steps: object) -> Rule:
    """Turn `"cross_validated"`, `"entropy"`, a mapping from view to steps, or a rule into a rule.

    Raises
    ------
    ValueError
        If it is another text.
    TypeError
        If it is of another type.
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
