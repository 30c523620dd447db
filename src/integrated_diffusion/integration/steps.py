"""The number of steps (diffusion time `t`) of each view, and the power of the integrated operator.

A rule is a small frozen value that is called with the views' diffusion operators and returns `Steps`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from integrated_diffusion.integration.orders import ViewWeights, given_order
from integrated_diffusion.integration.ratios import reduce_steps
from integrated_diffusion.operators import DiffusionOperator, Operator
from integrated_diffusion.runtime.deprecation import deprecated_attribute
from integrated_diffusion.spectrum import Spectrum, eigenvalues, singular_values
from integrated_diffusion.spectrum.elbows import ElbowRule, elbow_marginal_decrease
from integrated_diffusion.spectrum.entropy import EntropyCurve, entropy_curve
from integrated_diffusion.views.checks import check_count, check_known

SpectrumOf = Callable[[Operator, int], Spectrum]
"""From an operator and a seed to the spectrum its entropy is of."""


@dataclass(frozen=True, eq=False)
class Steps:
    """The number of steps of each view in the integrated operator.

    Attributes
    ----------
    steps : mapping of str to int
        Number of steps (diffusion time `t`) by view.
    curves : mapping of str to EntropyCurve, default {}
        Spectral entropy by view, where the steps were chosen by it.
    view_weights : mapping of str to numpy.ndarray of shape (n_samples,) or None, default None
        Weight of each view at each sample, from 0 to 1; 1 everywhere unless given.
    n_repeats : int or None, default None
        How often the operator that these steps make is repeated; unless given, the order of the steps says it.
    """

    steps: Mapping[str, int]
    curves: Mapping[str, EntropyCurve] = field(default_factory=dict)
    view_weights: ViewWeights | None = None
    n_repeats: int | None = None

    trust = deprecated_attribute("trust", "view_weights")
    rounds = deprecated_attribute("rounds", "n_repeats")

    def __repr__(self) -> str:
        return "Steps(" + ", ".join(f"{name}={t}" for name, t in self.steps.items()) + ")"


class StepRule(Protocol):
    """What chooses the steps."""

    def __call__(self, operators: Mapping[str, DiffusionOperator], random_state: int = 0) -> Steps:
        """Choose the steps of each view's diffusion operator."""
        ...


def spectrum_of_eigenvalues(operator: Operator, random_state: int = 0) -> Spectrum:
    """Absolute eigenvalues of one view's diffusion operator (paper, eq. 6)."""
    return eigenvalues(operator, random_state=random_state)


def spectrum_of_singular_values(operator: Operator, random_state: int = 0) -> Spectrum:
    """Singular values of any operator; the authors' script takes them of every operator."""
    return singular_values(operator, random_state=random_state)


@dataclass(frozen=True)
class ReducedRatio:
    """`reduce_steps` with its tolerance, as a value.

    Parameters
    ----------
    tolerance : float, default 0.25
        Relative error allowed in the ratio of any two views.
    """

    tolerance: float = 0.25

    def __call__(self, times: Sequence[int]) -> tuple[int, ...]:
        """Reduce the steps."""
        return reduce_steps(times, self.tolerance)


@dataclass(frozen=True)
class EntropySteps:
    """Steps by spectral entropy: each view's elbow, reduced to small whole numbers (paper, eq. 6 and 7).

    Parameters
    ----------
    t_max : int, default 100
        Length of the curves.
    elbow : ElbowRule, default elbow_marginal_decrease
        Rule that finds each elbow; the authors' script uses `elbow_two_segment`.
    spectrum : SpectrumOf, default spectrum_of_eigenvalues
        Which spectrum the entropy is of; the authors' script uses `spectrum_of_singular_values`.
    reduction : callable, default ReducedRatio()
        From the elbows to small whole steps; the authors' script uses `ceil_steps`.
    """

    t_max: int = 100
    elbow: ElbowRule = elbow_marginal_decrease
    spectrum: SpectrumOf = spectrum_of_eigenvalues
    reduction: Callable[[Sequence[int]], tuple[int, ...]] = field(default_factory=ReducedRatio)

    order = staticmethod(given_order)
    """Order in which the views' steps are taken unless another is given (paper, eq. 7)."""

    def __call__(self, operators: Mapping[str, DiffusionOperator], random_state: int = 0) -> Steps:
        """Choose the steps of each view's diffusion operator."""
        curves = self.curves(operators, random_state)
        reduced = self.reduction([curve.elbow for curve in curves.values()])
        return Steps(dict(zip(curves, reduced, strict=True)), curves)

    def curves(self, operators: Mapping[str, Operator], random_state: int = 0) -> dict[str, EntropyCurve]:
        """Return the entropy curve of each operator."""
        return {name: self.curve(P, random_state) for name, P in operators.items()}

    def curve(self, operator: Operator, random_state: int = 0) -> EntropyCurve:
        """Return one operator's entropy curve."""
        return entropy_curve(self.spectrum(operator, random_state), self.t_max, self.elbow)


@dataclass(frozen=True)
class FixedSteps:
    """Steps given by hand.

    Parameters
    ----------
    steps : mapping of str to int
        Number of steps by view; 0 leaves a view out of the integrated operator.
    """

    steps: Mapping[str, int]

    order = staticmethod(given_order)
    """Order in which the views' steps are taken unless another is given."""

    def __call__(self, operators: Mapping[str, DiffusionOperator], random_state: int = 0) -> Steps:
        """Check the given steps against the views.

        Raises
        ------
        ValueError
            If they name a view that is not there, leave one unnamed, or are 0 for all views.
        """
        self.check(tuple(operators))
        return Steps({name: int(self.steps[name]) for name in operators})

    def check(self, names: Sequence[str]) -> None:
        """Raise unless there are steps for just these views."""
        check_known(list(self.steps), names, "steps")
        missing = [name for name in names if name not in self.steps]
        if missing:
            raise ValueError(
                f"steps: expected a number for every view, found none for {', '.join(map(repr, missing))}; "
                "add it, 0 leaves a view out of the integrated operator"
            )
        for name, t in self.steps.items():
            check_count(t, f"steps['{name}']", least=0)
        if not any(self.steps.values()):
            raise ValueError("steps: expected at least one view with steps, found 0 for all; give one of them a step")


def choose_power(operator: Operator, power: int | str = "entropy", random_state: int = 0) -> int:
    """Return the power of an integrated operator: the given number, or the elbow of its singular values' entropy.

    Parameters
    ----------
    operator : Operator
        `J`.
    power : int or str, default 'entropy'
        A whole number of at least one, or `"entropy"`.
    random_state : int, default 0
        Seed of the quadrature.

    Raises
    ------
    TypeError, ValueError
        If `power` is neither `"entropy"` nor a whole number of at least one.
    """
    check_power(power)
    if power == "entropy":
        return EntropySteps(spectrum=spectrum_of_singular_values).curve(operator, random_state).elbow
    return int(power)


def check_power(power: object, names: Sequence[str] = ("entropy",)) -> None:
    """Raise `TypeError` or `ValueError` unless `power` is one of the names or a whole number of at least one."""
    if isinstance(power, str) and power not in names:
        words = ", ".join(map(repr, names))
        raise ValueError(f"power: expected {words} or a whole number, found {power!r}; choose one of them")
    if not isinstance(power, str):
        check_count(power, "power")
