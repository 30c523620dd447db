"""The methods that are compared: each makes coordinates, and if it is an operator, one from half the features too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from experiments.evaluation.prediction import Half
from experiments.methods.mofa import mofa
from experiments.methods.prepared import Prepared
from experiments.methods.snf import snf
from experiments.methods.wnn import wnn
from integrated_diffusion import EntropySteps, IntegratedDiffusion, fusion
from integrated_diffusion.embedding import multiscale_map
from integrated_diffusion.fusion import Method
from integrated_diffusion.fusion.features import side_by_side
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.orders import Order, ViewWeights, both_orders, given_order
from integrated_diffusion.operators import Operator, product
from integrated_diffusion.operators.build import DEFAULT_KERNEL
from integrated_diffusion.selection import CrossValidatedSteps, Split
from integrated_diffusion.selection.cv_split import CrossValidationSplit
from integrated_diffusion.selection.evaluator import CandidateEvaluator, joined
from integrated_diffusion.views.prepared import prepared_or_as_measured
from integrated_diffusion.views.reduction import components_for
from integrated_diffusion.views.validation import View

DEFAULT = "default"
NO_WEIGHTS = "default, no view weights"
GIVEN, REVERSED, BOTH = "default, order given", "default, order reversed", "default, both orders"
ENTROPY = "steps by entropy, random order"
PUBLISHED = "published"
ALTERNATING, CONCATENATION, ADDITION = "alternating", "concatenation", "affinity addition"
EQUAL, COMPONENTS = "equal mixture", "principal components"
SNF, WNN, MOFA = "SNF", "WNN", "MOFA"
MOST_SAMPLES = 3_000
"""Samples up to which the dense matrices of similarity network fusion are made."""
ORDER = CrossValidatedSteps.order
"""The default order."""
MOST_STEPS = 4
"""Steps up to which a view alone and the best steps are sought."""


@dataclass(frozen=True, eq=False)
class Found:
    """What a method made of the views.

    Parameters
    ----------
    name
        The method.
    coordinates
        What is scored, `(n_samples, n_coordinates)`.
    operator
        The integrated operator, which denoises; `None` if the method is none.
    again
        The same method on half of the features, all that it chose kept; `None` if the method is no operator.
    told
        What it chose, by name.
    """

    name: str
    coordinates: np.ndarray
    operator: Operator | None = None
    again: Callable[[Half], Operator] | None = None
    told: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class SharedTrials(CrossValidatedSteps):
    """The default rule, for several fits of the same views: it splits them once, in the very way that it always does.

    Parameters
    ----------
    trials
        Takes the trials of the first fit.
    """

    trials: list[CrossValidationSplit] = field(default_factory=list, repr=False)

    def evaluator(self, views: Mapping[str, View], construction: Construction) -> CandidateEvaluator:
        """Split the views, if no fit has yet."""
        if not self.trials:
            self.trials.extend(super().evaluator(views, construction).cv_splits)
        return CandidateEvaluator(self.trials, construction.order, construction.n_jobs)


def every_method(views: Mapping[str, View], seed: int, split: Split, others: bool = True) -> Iterator[Found]:
    """Yield each view alone, then each other way, one at a time.

    Parameters
    ----------
    views
        Views by name.
    seed
        Seed of everything that is drawn.
    split
        What splits a view in two.
    others
        Whether to ask packages of others too, of which one is compiled for eight seconds.
    """
    prepared = Prepared(views, IntegratedDiffusion(), seed)
    yield from alone(prepared)
    yield from chosen_by_the_estimator(prepared, split)
    yield from baselines(prepared, others)


def alone(prepared: Prepared) -> Iterator[Found]:
    """Yield each view's own operator, of one step and of more."""
    for view, operator in prepared.operators.items():
        for t in range(1, MOST_STEPS + 1):
            yield _diffused(alone_name(view, t), operator**t, partial(_alone, view, t))


def _alone(view: str, t: int, half: Half) -> Operator:
    return half.operators[view] ** t


def alone_name(view: str, t: int) -> str:
    """What tables call a view's own operator."""
    return f"{view} alone, {t} step{'s' if t > 1 else ''}"


def chosen_by_the_estimator(prepared: Prepared, split: Split) -> Iterator[Found]:
    """Yield the default and what departs from it, steps by entropy, and the published method."""
    views, seed, rule = prepared.views, prepared.random_state, SharedTrials(split=split)
    yield cross_validated(DEFAULT, views, seed, rule)
    yield cross_validated(NO_WEIGHTS, views, seed, replace(rule, weight_exponent=(0.0,)))
    yield cross_validated(GIVEN, views, seed, rule, given_order)
    yield cross_validated(REVERSED, views, seed, rule, reversed_order)
    yield cross_validated(BOTH, views, seed, rule, both_orders)
    yield by_entropy(prepared)
    yield published(views, seed)


def reversed_order(
    operators: Mapping[str, Operator], steps: Mapping[str, int], weights: ViewWeights | None = None
) -> Operator:
    """Return the product whose first factor is the last view."""
    return given_order({name: operators[name] for name in reversed(list(operators))}, steps, weights)


def by_entropy(prepared: Prepared) -> Found:
    """Take steps in random order in the proportion of the elbows of spectral entropy, once."""
    steps = EntropySteps()(prepared.operators, prepared.random_state).steps
    operator = ORDER(prepared.operators, steps, None)
    told = {f"steps of {view}": float(t) for view, t in steps.items()}
    return Found(ENTROPY, mapped(operator), operator, lambda half: ORDER(half.operators, steps, None), told)


def published(views: Mapping[str, View], seed: int) -> Found:
    """Fit the method as it was published."""
    model = IntegratedDiffusion.paper(random_state=seed, n_jobs=1).fit(views)
    return _fitted(PUBLISHED, model, lambda half: given_order(half.published, model.steps_))


def cross_validated(
    name: str,
    views: Mapping[str, View],
    seed: int,
    rule: CrossValidatedSteps,
    order: Order = ORDER,
) -> Found:
    """Fit the default or a departure from it.

    Parameters
    ----------
    name
        What to call it.
    views, seed
        As in `every_way`.
    rule
        How steps are chosen.
    order
        How the views' steps are joined.
    """
    model = IntegratedDiffusion(steps=rule, order=order, random_state=seed, n_jobs=1).fit(views)
    selection = model.selection_
    if selection is None:
        raise TypeError(f"{name}: expected steps by prediction, found none; give it a rule that predicts")
    chosen = selection.chosen

    def again(half: Half) -> Operator:
        return (
            joined(half.operators, chosen.steps, half.local_errors, chosen.weight_exponent, order) ** chosen.n_repeats
        )

    told = {"repeats": chosen.n_repeats, "weight exponent": chosen.weight_exponent}
    contributions = {f"contribution of {view}": worth.gain for view, worth in selection.view_contributions.items()}
    return _fitted(name, model, again, told | contributions)


def baselines(prepared: Prepared, others: bool) -> Iterator[Found]:
    """Yield the methods that choose nothing, and if asked for those that other packages make."""
    yield alternating(prepared)
    yield _diffused(EQUAL, equal_mixture(prepared.operators), lambda half: equal_mixture(half.operators))
    yield Found(COMPONENTS, np.asarray(side_by_side(prepared.reduced)))
    for name, method in ((CONCATENATION, fusion.feature_concatenation), (ADDITION, fusion.affinity_addition)):
        yield _diffused(name, prepared.fuse(method), partial(_fuse, method))
    n_samples = len(next(iter(prepared.reduced.values())))
    if n_samples <= MOST_SAMPLES:
        fused = snf(prepared.reduced)
        yield Found(SNF, mapped(fused), fused)  # made anew for every half it would take more time than all the rest
    if others:
        joint = wnn(prepared.reduced)
        yield Found(WNN, mapped(joint), joint)  # the same
        factors = mofa(prepared.reduced, prepared.random_state, components_for(n_samples))
        yield Found(MOFA, factors.coordinates())


def alternating(prepared: Prepared) -> Found:
    """One step in each view, in the order of the views."""
    return _diffused(ALTERNATING, product(*prepared.operators.values()), lambda half: product(*half.operators.values()))


def equal_mixture(operators: Mapping[str, Operator]) -> Operator:
    """One step in a view drawn at random, each as likely."""
    return ORDER(operators, dict.fromkeys(operators, 1), None)


def _fuse(method: Method, half: Half) -> Operator:
    kept = prepared_or_as_measured(half.kept)  # half of a short document may have no word
    return method(kept, kernel=DEFAULT_KERNEL, n_jobs=1)


def _diffused(name: str, operator: Operator, again: Callable[[Half], Operator]) -> Found:
    return Found(name, mapped(operator), operator, again)


def mapped(operator: Operator) -> np.ndarray:
    """Return the map that every operator is scored by: that of the default settings."""
    return multiscale_map(operator, components_for(operator.n_samples))


def _fitted(
    name: str, model: IntegratedDiffusion, again: Callable[[Half], Operator], told: Mapping[str, float] | None = None
) -> Found:
    steps = {f"steps of {view}": float(t) for view, t in model.steps_.items()}
    return Found(name, model.embedding_, model.operator_, again, steps | dict(told or {}))
