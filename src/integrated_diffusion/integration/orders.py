"""In which order a joint walk takes the views' steps: as given, in both orders, or drawn at random.

`P_1^a P_2^b` and `P_2^b P_1^a` are different walks: the first is smooth along the first view whatever the second says.
The other two forms here favour no view. An order is a function from walks, steps and trust to the joint walk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from integrated_diffusion.kernels import add_affinities
from integrated_diffusion.operators import Diagonal, DiffusionOperator, Operator, product

ViewWeights = Mapping[str, np.ndarray]
"""For each view that walks and each sample how far the view is to be trusted there, from 0 to 1, `(n_samples,)`."""

Order = Callable[[Mapping[str, Operator], Mapping[str, int], ViewWeights | None], Operator]
"""From walks, steps and trust by view to the joint walk."""


def given_order(
    walks: Mapping[str, Operator], steps: Mapping[str, int], view_weights: ViewWeights | None = None
) -> Operator:
    """Return the integrated operator `J = P_1^t_1 P_2^t_2 ...`, factors in the order of the views (paper, eq. 7).

    Parameters
    ----------
    walks, steps
        Walk and number of steps of each view; no steps leave a view out.
    view_weights
        Where a view is trusted less than fully, its walk stays put that often: `D(w) P + D(1 - w)`.
    """
    return product(*(_lazy(walk, name, view_weights) ** steps[name] for name, walk in walks.items()))


def both_orders(
    walks: Mapping[str, Operator], steps: Mapping[str, int], view_weights: ViewWeights | None = None
) -> Operator:
    """Return the mean of the walk in the given order and in the reverse one, `(P_1^a P_2^b + P_2^b P_1^a) / 2`.

    Parameters
    ----------
    walks, steps, view_weights
        As in `given_order`.
    """
    lazy = {name: _lazy(walk, name, view_weights) for name, walk in walks.items()}
    there = given_order(lazy, steps)
    if sum(steps[name] > 0 for name in walks) < 2:
        return there
    return 0.5 * there + 0.5 * given_order(dict(reversed(lazy.items())), steps)


def random_order(
    walks: Mapping[str, Operator], steps: Mapping[str, int], view_weights: ViewWeights | None = None
) -> Operator:
    """Return one step in a view drawn by lot, `sum_m s_m P_m` with `s_m = t_m / sum_l t_l`.

    Repeated, the walk takes steps in the views in the same proportion as `given_order`, in random order.

    With trust the lots are laid one by one on the edges: the views' directed affinities are added, each in proportion
    to its steps and every sample's word weighed by how far the view is trusted there, `A = sum_m s_m D(w_m) A_m`; only
    then they are made one symmetric kernel, and the density is divided out. So an edge that only an unreliable sample
    asked for is weak on both sides.

    Parameters
    ----------
    walks, steps
        As in `given_order`; only the proportion of the steps matters.
    view_weights
        As in `given_order`; the walks must then be each view's own.

    Raises
    ------
    TypeError
        If there is trust and a walk is not a view's own: a product has no affinities.
    """
    walking = {name: walks[name] for name, t in steps.items() if t > 0}
    if len(walking) < 2:
        return next(iter(walking.values()), given_order(walks, steps))
    shares = {name: steps[name] / sum(steps.values()) for name in walking}
    if view_weights is None:
        return sum(share * walking[name] for name, share in shares.items())  # type: ignore[return-value]
    views = {name: walk for name, walk in walking.items() if isinstance(walk, DiffusionOperator)}
    if len(views) < len(walking):
        raise TypeError(f"random order: expected each view's own walk to trust, found {walking!r}; leave trust out")
    words = [share * view_weights[name] for name, share in shares.items()]
    added = add_affinities([walk.affinities for walk in views.values()], words)
    return DiffusionOperator.of(added, _formula(shares, views))


ORDERS: dict[str, Order] = {"given": given_order, "both": both_orders, "random": random_order}
"""The orders by their names."""


PROPORTIONAL: frozenset[Order] = frozenset({random_order})
"""Orders for which only the proportion of the steps matters."""


def _formula(shares: Mapping[str, float], walks: Mapping[str, Operator]) -> str:
    """All views' shares in one bracket."""
    return "(" + " + ".join(f"{share:g} trust({name})·{walks[name]!r}" for name, share in shares.items()) + ")"


def _lazy(walk: Operator, name: str, view_weights: ViewWeights | None) -> Operator:
    if view_weights is None or name not in view_weights:
        return walk
    w = view_weights[name]
    stays = Diagonal(1 - w, f"distrust({name})")
    return Diagonal(w, f"trust({name})") @ walk + stays
