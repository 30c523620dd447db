"""Smoothers of one view, `(1 - a) X + a S X`, and what was selected among them by held-out data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.operators import Diagonal, Operator
from integrated_diffusion.operators.algebra import Identity
from integrated_diffusion.operators.embedded import measured_of
from integrated_diffusion.operators.formula import superscript
from integrated_diffusion.views.checks import check_choice, check_count
from integrated_diffusion.views.normalisation import floored

OWN, INTEGRATED = "own", "integrated"
"""The view's own diffusion operator `P`, or the integrated operator `J`."""

CROSS_VALIDATED = "cross_validated"
"""Select operator, diffusion time and amount by held-out data."""

NORMALISED, COUNTS = "normalised", "counts"
SCALES = (NORMALISED, COUNTS)
"""Scales of denoised values: that of the normalised values, or expected counts of each sample at its own depth."""


@dataclass(frozen=True)
class Smoother:
    """`(1 - a) X + a S^t X`, with `S` the view's own diffusion operator or the integrated one.

    Attributes
    ----------
    operator : str, default 'integrated'
        `'own'` for the view's own diffusion operator `P`, `'integrated'` for `J`.
    t : int, default 1
        Diffusion time, or power of `J`.
    amount : float, default 1.0
        How much of the smoothed value is taken, from 0 (as measured) to 1 (smoothed alone).
    """

    operator: str = INTEGRATED
    t: int = 1
    amount: float = 1.0

    def of(self, view: str, integrated: IntegratedOperator) -> Operator:
        """Return the smoother of a view as one term of the operator algebra.

        Parameters
        ----------
        view : str
            Name of the view. Where it has not measured, `J` imputes, see `IntegratedOperator.denoiser`.
        integrated : IntegratedOperator
            `J`, with the views' operators that it is made of.
        """
        if self.operator == INTEGRATED:
            S = integrated.denoiser(view, self.t)
        else:
            S = integrated.operators[view] ** self.t
        measured = measured_of(integrated.operators[view])
        if measured is None or (self.operator == INTEGRATED and self.amount == 1):
            return self.mixed(S)
        imputed = integrated.denoiser(view, self.t if self.operator == INTEGRATED else 1)
        return Diagonal(measured, "w") @ self.mixed(S) + Diagonal(~measured, "(1 - w)") @ imputed

    def mixed(self, S: Operator) -> Operator:
        """Return `(1 - a) I + a S`.

        Parameters
        ----------
        S : Operator
            The power of an operator.
        """
        if self.amount == 1:
            return S
        identity = Identity(S.n_samples)
        return identity if self.amount == 0 else (1 - self.amount) * identity + self.amount * S

    def __str__(self) -> str:
        power = superscript(self.t) if self.t > 1 else ""
        smoothed = f"{'J' if self.operator == INTEGRATED else 'P'}{power} X"
        if self.amount in (0, 1):
            return smoothed if self.amount else "X"
        return f"{1 - self.amount:.2g} X + {self.amount:.2g} {smoothed}"


@dataclass(frozen=True)
class SmootherCandidate(Smoother):
    """One operator that was tried, at the amount that suits it best.

    Attributes
    ----------
    error : float, default nan
        Its held-out error at this amount.
    """

    error: float = float("nan")


@dataclass(frozen=True)
class SelectedSmoother(Smoother):
    """The smoother of a view that was selected by held-out data.

    Attributes
    ----------
    by : str, default ''
        How: `'count splitting'`, `'held-out features'`, or `'default'` where neither was possible.
    error : float, default nan
        Held-out error of the operator at the amount that suits the held-out data.
    error_as_measured : float, default nan
        The same of the measured values themselves.
    candidates : tuple of SmootherCandidate, default ()
        Every operator that was tried, the least error first.
    counts : SelectedSmoother or None, default None
        What was selected for `scale='counts'`, by the Poisson loss on held-out counts; `None` without counts.
    """

    by: str = ""
    error: float = float("nan")
    error_as_measured: float = float("nan")
    candidates: tuple[SmootherCandidate, ...] = field(default=(), repr=False)
    counts: SelectedSmoother | None = None

    def at(self, scale: str) -> Smoother:
        """Return the smoother for a scale, one of `SCALES`."""
        chosen = self.counts if scale == COUNTS and self.counts is not None else self
        return Smoother(chosen.operator, chosen.t, chosen.amount)


Selected = Callable[[], SelectedSmoother]
"""What was selected for a view, or selects it now."""


def check_amount(amount: Any) -> None:
    """Raise `TypeError` or `ValueError` unless `amount` is a number from 0 to 1, `'cross_validated'` or `None`."""
    if isinstance(amount, str):
        check_choice(amount, (CROSS_VALIDATED,), "amount")
    elif amount is not None:
        if isinstance(amount, bool) or not isinstance(amount, int | float | np.number):
            raise TypeError(f"amount: expected a number from 0 to 1 or 'cross_validated', found {amount!r}; give one")
        if not 0 <= amount <= 1:
            raise ValueError(f"amount: expected a number from 0 to 1, found {amount}; 1 is the smoothed value alone")


def requested_smoother(
    power: int | None, amount: float | str | None, scale: str, selected: Selected, selects: bool
) -> Smoother:
    """Return the smoother that `power`, `amount` and `scale` ask for.

    Parameters
    ----------
    power : int or None
        Power of the integrated operator; `None` unless given.
    amount : float, str or None
        A number from 0 to 1, `'cross_validated'`, or `None` unless given.
    scale : str
        One of `SCALES`.
    selected : callable
        Returns what was selected for the view; called only if that is asked for.
    selects : bool
        Whether held-out data select where neither power nor amount is given.

    Raises
    ------
    TypeError, ValueError
        If one of them is out of range, or a power is given beside `amount='cross_validated'`, which selects it.
    """
    check_choice(scale, SCALES, "scale")
    check_amount(amount)
    if power is not None:
        check_count(power, "power", least=0)
    if isinstance(amount, str) and power is not None:
        raise ValueError(
            f"power: expected none beside amount='cross_validated', which selects it, found {power}; leave one out"
        )
    if isinstance(amount, str) or (amount is None and power is None and selects):
        return selected().at(scale)
    return Smoother(INTEGRATED, 1 if power is None else int(power), 1.0 if amount is None else float(amount))


def stored_smoother(
    power: int | None, amount: float | str | None, scale: str, selected: SelectedSmoother | None, view: str
) -> Smoother:
    """Return the smoother that is asked for, where what was selected is read from a record.

    Parameters
    ----------
    power : int or None
        As in `requested_smoother`.
    amount : float, str or None
        As in `requested_smoother`.
    scale : str
        As in `requested_smoother`.
    selected : SelectedSmoother or None
        What the record says; `None` if nothing was selected, so that `J` is applied unless something else is given.
    view : str
        Name of the view, for messages.

    Raises
    ------
    TypeError, ValueError
        As in `requested_smoother`, or if `amount='cross_validated'` and nothing was selected.
    """

    def found() -> SelectedSmoother:
        if selected is None:
            raise ValueError(
                f"amount='cross_validated': expected a smoother of '{view}' in the record, found none; integrate with "
                "cross-validated steps, or give a number from 0 to 1"
            )
        return selected

    return requested_smoother(power, amount, scale, found, selected is not None)


def on_count_scale(operator: Operator, library_sizes: np.ndarray) -> Operator:
    """Return an operator that acts on each sample's shares of its counts, and puts its library size back.

    It maps counts to expected counts of each sample at its own depth, `D(n) S D(1/n)`. Where `S` is row-stochastic and
    no sample is empty, each sample keeps its sum over all features.

    Parameters
    ----------
    operator : Operator
        `S`.
    library_sizes : numpy.ndarray of shape (n_samples,)
        Sum `n` of each sample over all features.
    """
    return Diagonal(library_sizes, "n") @ operator @ Diagonal(1 / floored(library_sizes), "1/n")
