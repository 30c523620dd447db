"""The joint walk together with what it is made of, so that it can be kept, made again, and made of shuffled samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from integrated_diffusion.integration.orders import PROPORTIONAL, Order, ViewWeights, given_order
from integrated_diffusion.operators import DiffusionOperator, Operator
from integrated_diffusion.views.checks import check_known


@dataclass(frozen=True, eq=False)
class IntegratedOperator:
    """`J`, and the walks, steps, order and trust that it is made of.

    Parameters
    ----------
    walks
        Each view's own walk, by name.
    steps
        Number of steps in each view.
    order
        How the steps are joined, see `order`.
    rounds
        How often the walk that the steps make is repeated.
    trust
        How far each view is trusted at each sample, `(n_samples,)` by view; everywhere alike unless given.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> K = sp.csr_array(np.eye(3) + 0.5)
    >>> operators = {name: DiffusionOperator(K, name) for name in ("rna", "atac")}
    >>> J = IntegratedOperator(operators, {"rna": 2, "atac": 1})
    >>> J.operator, J.alone("rna")
    (rna² · atac, rna²)
    """

    walks: Mapping[str, DiffusionOperator]
    steps: Mapping[str, int]
    order: Order = given_order
    n_repeats: int = 1
    view_weights: ViewWeights | None = None

    @cached_property
    def operator(self) -> Operator:
        """`J`, shape `(n_samples, n_samples)`, never formed."""
        return self.order(self.walks, self.steps, self.view_weights) ** self.n_repeats

    def alone(self, view: str) -> Operator:
        """The walk through one view alone, as many steps as `J` takes in it, at least one.

        An order in which only proportions matter has no such number; the walk is then as long as `J`.

        Raises
        ------
        ValueError
            If there is no such view.
        """
        check_known([view], tuple(self.walks), "view")
        steps = 1 if self.order in PROPORTIONAL else max(1, self.steps[view])
        return self.walks[view] ** (steps * self.n_repeats)

    def shuffled(self, view: str, permutation: np.ndarray) -> IntegratedOperator:
        """Return the joint walk that the same views would have made had one view's samples come in another order.

        Parameters
        ----------
        view
            The view whose samples are shuffled.
        permutation
            Row `i` of that view becomes what was row `permutation[i]`; its neighbours, affinities and trust go with it.

        Raises
        ------
        ValueError
            If there is no such view.
        """
        check_known([view], tuple(self.walks), "view")
        walks = {**self.walks, view: self.walks[view].permuted(permutation)}
        view_weights = self.view_weights
        if view_weights is not None and view in view_weights:
            view_weights = {**view_weights, view: view_weights[view][permutation]}
        return replace(self, walks=walks, view_weights=view_weights)
