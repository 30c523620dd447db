"""The held-out prediction error of any method that is an operator, on splits that no rule has chosen by.

What a method chose on the whole views stays as it is; the operators are built again from half of the features.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.orders import ViewWeights
from integrated_diffusion.operators import DiffusionOperator, Operator
from integrated_diffusion.operators.build import DEFAULT_KERNEL
from integrated_diffusion.selection import CrossValidatedSteps, Split
from integrated_diffusion.selection.cv_split import CrossValidationSplit, make_cv_split
from integrated_diffusion.views.prepared import PreparedView
from integrated_diffusion.views.validation import View

N_TRIALS = 4
_RULE = CrossValidatedSteps()
WEIGHT_EXPONENT = max(_RULE.weight_exponent)
"""Largest exponent of the per-sample view weights that the rule tries."""


@dataclass(frozen=True, eq=False)
class _Kept:
    """Half of the features, and a note of which half operators were built from."""

    split: Split
    halves: dict[str, View] = field(default_factory=dict)

    def __call__(self, view: PreparedView, n_components: int | None, rng: np.random.Generator) -> tuple[View, View]:
        kept, predicted = self.split(view, n_components, rng)
        self.halves[view.name] = kept
        return kept, predicted


@dataclass(frozen=True, eq=False)
class Half:
    """Half of every view's features, and what is to be predicted from it.

    Parameters
    ----------
    views
        Views of a data set, whole.
    seed
        Seed of the split.
    split
        What splits a view in two.
    """

    views: Mapping[str, View]
    seed: int
    split: Split

    @property
    def operators(self) -> Mapping[str, DiffusionOperator]:
        """Diffusion operator of each view by the default kernel, built on the half that is kept."""
        return self.cv_split.operators

    @property
    def kept(self) -> dict[str, View]:
        """The features that operators are built from."""
        return self._split[1]

    @cached_property
    def local_errors(self) -> ViewWeights:
        """Local log error of each view at each sample, by the samples that are not held out."""
        return self.cv_split.local_log_errors()

    @cached_property
    def published(self) -> Mapping[str, DiffusionOperator]:
        """Operators of the published method, on the same half: local denoising first, and the paper's kernel."""
        paper = IntegratedDiffusion.paper()
        return self._trial(paper, self.split).operators

    @property
    def cv_split(self) -> CrossValidationSplit:
        """The split."""
        return self._split[0]

    def error(self, operator: Operator) -> float:
        """Return an operator's error, mean over the views; 1 is no better than the mean of the samples."""
        return float(self.cv_split.errors(operator).mean())

    @cached_property
    def _split(self) -> tuple[CrossValidationSplit, dict[str, View]]:
        split = _Kept(self.split)
        return self._trial(IntegratedDiffusion(), split), split.halves

    def _trial(self, settings: IntegratedDiffusion, split: Split) -> CrossValidationSplit:
        construction = Construction(
            kernel=settings.kernel or DEFAULT_KERNEL, local_denoising=settings.local_denoising, n_jobs=1
        )
        return make_cv_split(self.views, construction, split, _RULE.held_out, _RULE.n_targets, self.seed)


def learned_weights(views: Mapping[str, View], seed: int, split: Split) -> ViewWeights:
    """Return the weight of every view at every sample by prediction, whether or not a fit then uses it.

    Parameters
    ----------
    views
        Views by name.
    seed
        Seed of the splits: the same as a fit's.
    split
        What splits a view in two.
    """
    construction = Construction(kernel=DEFAULT_KERNEL, order=_RULE.order, random_state=seed, n_jobs=1)
    return replace(_RULE, split=split).evaluator(views, construction).view_weights(WEIGHT_EXPONENT) or {}


def fresh_halves(views: Mapping[str, View], seed: int, split: Split, n_splits: int = N_TRIALS) -> list[Half]:
    """Split views in halves that no rule has seen.

    Parameters
    ----------
    views
        Views by name.
    seed
        Seed of the cell; the rules' own splits are drawn from other seeds.
    split
        What splits a view in two.
    n_splits
        Number of splits.
    """
    seeds = np.random.SeedSequence([seed, 0, 0, 1]).generate_state(n_splits)
    return [Half(views, int(drawn), split) for drawn in seeds]
