"""Orders: how the steps of several views are joined to one integrated operator.

`P_1^a P_2^b` and `P_2^b P_1^a` are different operators: the first is smooth along the first view whatever the second
says. The other two orders here favour no view.

A view that has not measured a sample has no say there: its operator is the identity, so that a product steps through
the other views, and a mixture is over the views that have measured the sample.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from integrated_diffusion.integration.view_diagonals import Group, Remainder, Share, ViewWeight
from integrated_diffusion.operators import DiffusionOperator, Operator, WeightedSum, product
from integrated_diffusion.operators.embedded import measured_of

ViewWeights = Mapping[str, np.ndarray]
"""For each view with steps its weight at each sample, from 0 to 1, `(n_samples,)`."""

Order = Callable[[Mapping[str, Operator], Mapping[str, int], ViewWeights | None], Operator]
"""From diffusion operators, steps and weights by view to the integrated operator."""


def given_order(
    operators: Mapping[str, Operator], steps: Mapping[str, int], view_weights: ViewWeights | None = None
) -> Operator:
    """Return the integrated operator `J = P_1^t_1 P_2^t_2 ...`, factors in the order of the views (paper, eq. 7).

    Parameters
    ----------
    operators : mapping of str to Operator
        Diffusion operator of each view.
    steps : mapping of str to int
        Number of steps (diffusion time `t`) of each view; 0 leaves a view out.
    view_weights : mapping of str to numpy.ndarray of shape (n_samples,) or None, default None
        A view of weight `w` at a sample moves it that often only: its operator is `D(w) P + D(1 - w)`.

    Returns
    -------
    Operator
        On `n_samples` samples.
    """
    return product(*(_weighted(P, name, view_weights) ** steps[name] for name, P in operators.items()))


def both_orders(
    operators: Mapping[str, Operator], steps: Mapping[str, int], view_weights: ViewWeights | None = None
) -> Operator:
    """Return the mean of the operators in the given order and in the reverse one, `(P_1^a P_2^b + P_2^b P_1^a) / 2`.

    Parameters
    ----------
    operators : mapping of str to Operator
        As in `given_order`.
    steps : mapping of str to int
        As in `given_order`.
    view_weights : mapping of str to numpy.ndarray of shape (n_samples,) or None, default None
        As in `given_order`.
    """
    weighted = {name: _weighted(P, name, view_weights) for name, P in operators.items()}
    forward = given_order(weighted, steps)
    if sum(steps[name] > 0 for name in operators) < 2:
        return forward
    return 0.5 * forward + 0.5 * given_order(dict(reversed(weighted.items())), steps)


def random_order(
    operators: Mapping[str, Operator], steps: Mapping[str, int], view_weights: ViewWeights | None = None
) -> Operator:
    """Return the mixture of the views' operators, `sum_m s_m P_m` with `s_m = t_m / sum_l t_l`.

    It is one step in a view sampled at random. Repeated, it takes steps in the views in the same proportion as
    `given_order`, in random order.

    With weights the views' directed affinities are added, each in proportion to the view's steps and to its weight at
    the sample they belong to, `A = sum_m s_m D(w_m) A_m`. Only then is the sum made symmetric and the density divided
    out, so that an edge found from a sample of low weight alone is weak in both directions.

    Parameters
    ----------
    operators : mapping of str to Operator
        As in `given_order`.
    steps : mapping of str to int
        As in `given_order`; only the proportion of the steps matters.
    view_weights : mapping of str to numpy.ndarray of shape (n_samples,) or None, default None
        As in `given_order`; the operators must then be diffusion operators.

    Raises
    ------
    TypeError
        If there are weights and an operator is no diffusion operator: a product has no affinities.
    """
    used = {name: operators[name] for name, t in steps.items() if t > 0}
    if len(used) < 2:
        return next(iter(used.values()), given_order(operators, steps))
    shares = {name: steps[name] / sum(steps.values()) for name in used}
    if view_weights is None:
        return mixture(used, shares)
    views = {name: P for name, P in used.items() if isinstance(P, DiffusionOperator)}
    if len(views) < len(used):
        raise TypeError(
            f"random order: expected the diffusion operator of each view to weight, found {used!r}; leave the weights "
            "out"
        )
    factors = [share * _where_measured(views[name], view_weights[name]) for name, share in shares.items()]
    first = next(iter(views.values()))
    return first.weighted_with(list(views.values()), factors, _formula(shares, views))


def mixture(operators: Mapping[str, Operator], shares: Mapping[str, float]) -> Operator:
    """Return the mixture of operators, each with its share; at a sample it is over the views that have measured it.

    There the shares of these views are divided by their sum. A sample that none of the views has measured stays in
    place.

    Parameters
    ----------
    operators : mapping of str to Operator
        The operators, those of views that lack samples as `EmbeddedOperator`.
    shares : mapping of str to float
        Share of each view, above zero; they sum to one.
    """
    masks = {name: mask for name, P in operators.items() if (mask := measured_of(P)) is not None}
    if not masks:
        return sum(shares[name] * P for name, P in operators.items())  # type: ignore[return-value]
    n_samples = len(next(iter(masks.values())))
    weights = {name: share * masks.get(name, np.ones(n_samples)) for name, share in shares.items()}
    total = np.sum(list(weights.values()), axis=0)
    reached = total > 0
    terms = [
        Share(np.divide(w, total, out=np.zeros(n_samples), where=reached), name) @ operators[name]
        for name, w in weights.items()
    ]
    stay = [] if reached.all() else [Group(~reached, "w(none)", of_used=False)]
    return WeightedSum.of(*((1.0, term) for term in [*terms, *stay]))


def led_by_others(J: Operator, operators: Mapping[str, Operator], steps: Mapping[str, int]) -> Operator:
    """Let views without steps lead the samples that no view with steps has measured, which `J` leaves in place.

    Parameters
    ----------
    J : Operator
        An integrated operator of the views.
    operators : mapping of str to Operator
        Diffusion operator of each view.
    steps : mapping of str to int
        Number of steps of each view.
    """
    used = [measured_of(P) for name, P in operators.items() if steps[name] > 0]
    if any(mask is None for mask in used):
        return J
    reached = np.logical_or.reduce([mask for mask in used if mask is not None])
    if reached.all():
        return J
    others = {name: P for name, P in operators.items() if not steps[name]}
    lead = mixture(others, dict.fromkeys(others, 1 / len(others)))
    measured, others_only = Group(reached, "w(used)", of_used=True), Group(~reached, "w(unused)", of_used=False)
    return measured @ J + others_only @ lead


ORDERS: dict[str, Order] = {"given": given_order, "both": both_orders, "random": random_order}
"""The orders by their names."""


PROPORTIONAL: frozenset[Order] = frozenset({random_order})
"""Orders for which only the proportion of the steps matters."""


def order_of(order: str | Order | None, rule: object) -> Order:
    """Return the given order, by name or as a function; without one, the default order of the rule for the steps."""
    if order is None:
        own: Order = getattr(rule, "order", given_order)
        return own
    return ORDERS[order] if isinstance(order, str) else order


def _formula(shares: Mapping[str, float], operators: Mapping[str, Operator]) -> str:
    """All views' shares in one bracket."""
    return "(" + " + ".join(f"{share:.2g} w({name})·{operators[name]!r}" for name, share in shares.items()) + ")"


def _where_measured(operator: Operator, weights: np.ndarray) -> np.ndarray:
    measured = measured_of(operator)
    return weights if measured is None else weights * measured


def _weighted(operator: Operator, name: str, view_weights: ViewWeights | None) -> Operator:
    """Move a sample as often as the view's weight says, and leave it where it is otherwise."""
    if view_weights is None or name not in view_weights:
        return operator
    return ViewWeight(view_weights[name], name) @ operator + Remainder(view_weights[name], name)
