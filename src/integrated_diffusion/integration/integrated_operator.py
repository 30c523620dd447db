"""The integrated operator `J` with what it is made of: it can be stored, rebuilt, and rebuilt of shuffled samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from integrated_diffusion.integration.imputation import imputing
from integrated_diffusion.integration.orders import PROPORTIONAL, Order, ViewWeights, given_order, led_by_others
from integrated_diffusion.operators import Diagonal, DiffusionOperator, Operator
from integrated_diffusion.operators.embedded import EmbeddedOperator, measured_of
from integrated_diffusion.runtime.deprecation import deprecated_attribute, deprecated_keywords
from integrated_diffusion.views.checks import check_known


@deprecated_keywords(walks="operators", rounds="n_repeats", trust="view_weights")
@dataclass(frozen=True, eq=False)
class IntegratedOperator:
    """`J`, and the diffusion operators, steps, order and view weights that it is made of.

    Parameters
    ----------
    operators : mapping of str to DiffusionOperator
        Each view's diffusion operator, by name.
    steps : mapping of str to int
        Number of steps (diffusion time `t`) of each view.
    order : Order, default given_order
        How the steps are joined: `given_order`, `both_orders` or `random_order`.
    n_repeats : int, default 1
        How often the operator that the steps make is repeated.
    view_weights : mapping of str to numpy.ndarray of shape (n_samples,) or None, default None
        Weight of each view at each sample, from 0 to 1; 1 everywhere unless given.
    imputation_repeats : mapping of str to int, default {}
        By view that lacks samples, how many times as often as measured values imputed ones are averaged; once unless
        given.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> K = sp.csr_array(np.eye(3) + 0.5)
    >>> operators = {name: DiffusionOperator(K, name) for name in ("rna", "atac")}
    >>> J = IntegratedOperator(operators, {"rna": 2, "atac": 1})
    >>> J.operator, J.alone("rna")
    (rna² · atac, rna²)
    """

    operators: Mapping[str, DiffusionOperator]
    steps: Mapping[str, int]
    order: Order = given_order
    n_repeats: int = 1
    view_weights: ViewWeights | None = None
    imputation_repeats: Mapping[str, int] = field(default_factory=dict)

    walks = deprecated_attribute("walks", "operators")
    rounds = deprecated_attribute("rounds", "n_repeats")
    trust = deprecated_attribute("trust", "view_weights")

    @cached_property
    def operator(self) -> Operator:
        """`J`, shape `(n_samples, n_samples)`, never formed."""
        J = self.order(self.operators, self.steps, self.view_weights)
        return led_by_others(J, self.operators, self.steps) ** self.n_repeats

    @property
    def measured(self) -> dict[str, np.ndarray]:
        """By view, which samples it has measured, `(n_samples,)`."""
        masks = {name: measured_of(P) for name, P in self.operators.items()}
        return {
            name: np.ones(self.operators[name].n_samples, dtype=bool) if mask is None else mask
            for name, mask in masks.items()
        }

    def denoiser(self, view: str, power: int = 1) -> Operator:
        """Return what denoises values of a view, `J^power`; it imputes where the view has not measured.

        Values of samples that are not measured do not matter, see `imputation.imputing`. Imputed values are averaged
        `imputation_repeats` times as often.

        Parameters
        ----------
        view : str
            Which view.
        power : int, default 1
            Power of `J`.

        Raises
        ------
        ValueError
            If there is no such view.
        """
        check_known([view], tuple(self.operators), "view")
        measured = measured_of(self.operators[view])
        if measured is None:
            return self.operator**power
        once, repeats = imputing(self.operator, measured, power), self.imputation_repeats.get(view, 1)
        if repeats == 1:
            return once
        imputed = imputing(self.operator, measured, power * repeats)
        return Diagonal(measured, "w") @ once + Diagonal(~measured, "(1 - w)") @ imputed

    def restricted(self, kept: np.ndarray) -> IntegratedOperator:
        """Return the integrated operator of some of the samples, by the affinities that they have among each other.

        Parameters
        ----------
        kept : numpy.ndarray of bool, shape (n_samples,)
            Which samples.
        """
        rows = np.flatnonzero(kept)
        operators: dict[str, DiffusionOperator] = {}
        for name, P in self.operators.items():
            affinities, measured = P.affinities.at(rows), measured_of(P)
            operators[name] = (
                DiffusionOperator.of(affinities, name, P.n_jobs)
                if measured is None or measured[rows].all()
                else EmbeddedOperator.of_all(affinities, measured[rows], name, P.n_jobs)
            )
        weights = self.view_weights
        view_weights = None if weights is None else {name: w[rows] for name, w in weights.items()}
        return replace(self, operators=operators, view_weights=view_weights)

    def alone(self, view: str) -> Operator:
        """One view's diffusion operator to the power of the steps that `J` takes in it, at least one.

        An order in which only the proportion of the steps matters has no such number; the power is then `n_repeats`.

        Parameters
        ----------
        view : str
            Which view.

        Raises
        ------
        ValueError
            If there is no such view.
        """
        check_known([view], tuple(self.operators), "view")
        steps = 1 if self.order in PROPORTIONAL else max(1, self.steps[view])
        return self.operators[view] ** (steps * self.n_repeats)

    def shuffled(self, view: str, permutation: np.ndarray) -> IntegratedOperator:
        """Return the integrated operator of the same views with one view's samples in another order.

        Parameters
        ----------
        view : str
            The view whose samples are shuffled.
        permutation : numpy.ndarray of int, shape (n_samples,)
            Row `i` of that view becomes what was row `permutation[i]`; its neighbours, affinities and weights go with
            it.

        Raises
        ------
        ValueError
            If there is no such view.
        """
        check_known([view], tuple(self.operators), "view")
        operators = {**self.operators, view: self.operators[view].permuted(permutation)}
        view_weights = self.view_weights
        if view_weights is not None and view in view_weights:
            view_weights = {**view_weights, view: view_weights[view][permutation]}
        return replace(self, operators=operators, view_weights=view_weights)
