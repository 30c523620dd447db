"""Steps by cross-validation: the simplest joint walk among those that predict best what they have not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from integrated_diffusion.construction import Construction
from integrated_diffusion.order import random_order
from integrated_diffusion.selection.jury import Jury, Walk
from integrated_diffusion.selection.record import Candidate, Selection, Worth
from integrated_diffusion.selection.search import search, with_steps
from integrated_diffusion.selection.splits import FeatureHalves, Split
from integrated_diffusion.selection.trial import make_trial
from integrated_diffusion.validation import View, check_count


@dataclass(frozen=True)
class CrossValidatedSteps:
    """Steps by cross-validation: the simplest walk within one standard error of the least prediction error.

    In each trial the features of every view are split in two halves at random. Walks are built on one half and predict
    the other for samples that are held out, `pred_i = [J (w * B)]_i / [J w]_i` with `w` zero for these. The steps are
    found by a coordinate search from each view's own walk; zero steps leave a view out.

    Parameters
    ----------
    t_max
        Most steps of one view.
    max_rounds
        Most repetitions of the walk that the steps make.
    sharpness
        How much doubts about a view at single samples may count; `(0,)` trusts each view everywhere alike.
    n_trials
        Number of splits.
    held_out
        Share of the samples that is predicted in a trial.
    split
        How a view is split in two: `FeatureHalves()`, `RecipeHalves(...)` for coordinates, `BinomialThinning(...)` for
        counts.
    n_targets
        Number of principal components of each half that are predicted.
    """

    t_max: int = 4
    max_rounds: int = 4
    sharpness: tuple[float, ...] = (0.0, 4.0)
    n_trials: int = 6
    held_out: float = 0.2
    split: Split = field(default_factory=FeatureHalves)
    n_targets: int = 10

    order = staticmethod(random_order)
    """Order in which the views' steps are taken unless another is asked for."""

    def __post_init__(self) -> None:
        check_count(self.t_max, "t_max")
        check_count(self.max_rounds, "max_rounds")
        check_count(self.n_trials, "n_trials", least=2)
        check_count(self.n_targets, "n_targets")
        if not 0 < self.held_out < 1:
            raise ValueError(f"held_out: expected a share between 0 and 1, found {self.held_out}; 0.2 is usual")
        if not callable(self.split):
            raise TypeError(f"split: expected FeatureHalves() or BinomialThinning(...), found {self.split!r}; pass one")
        if not isinstance(self.sharpness, tuple):
            raise TypeError(f"sharpness: expected a tuple of numbers, found {self.sharpness!r}; (0, 4) is usual")
        if not self.sharpness or not all(0 <= weight < np.inf for weight in self.sharpness):
            raise ValueError(
                f"sharpness: expected finite numbers of at least 0, found {self.sharpness}; (0, 4) is usual"
            )

    def choose_steps(self, views: Mapping[str, View], construction: Construction) -> Selection:
        """Choose the steps by the views themselves.

        Parameters
        ----------
        views
            Views by name, `(n_samples, n_features)`, not reduced.
        construction
            How views become walks, and in which order these are joined.

        Returns
        -------
        Selection

        Raises
        ------
        ValueError
            If no view can be split.
        """
        jury = self.jury(views, construction)
        search(jury, self.t_max, self.sharpness, self.max_rounds, construction.progress)
        best, chosen = settle(jury)
        worth = {name: _worth(jury, chosen, view) for view, name in enumerate(jury.views)}
        steps = dict(zip(jury.views, chosen.steps, strict=True))
        return Selection(
            steps=steps,
            curves={},
            trust=jury.trust(chosen.sharpness, [name for name, t in steps.items() if t]),
            rounds=chosen.rounds,
            candidates=tuple(_candidate(jury, walk, best) for walk in sorted(jury.judged, key=jury.error)),
            chosen=_candidate(jury, chosen, best),
            worth=worth,
        )

    def jury(self, views: Mapping[str, View], construction: Construction) -> Jury:
        """Split the views and build the walks of all trials."""
        trials = []
        for i in range(self.n_trials):
            construction.progress("splitting the features", i, self.n_trials)
            seed = int(np.random.SeedSequence([construction.random_state, i]).generate_state(1)[0])
            trials.append(make_trial(views, construction, self.split, self.held_out, self.n_targets, seed))
        if not any(B.any() for trial in trials for B in trial.targets.values()):
            raise ValueError(
                "prediction: expected a view with two or more features that vary, to split in halves, found none; "
                "choose steps and power by 'entropy', or give them by hand"
            )
        return Jury(trials, construction.order, construction.n_jobs)


def settle(jury: Jury) -> tuple[Walk, Walk]:
    """Return the best and the simplest good walk, both tried against themselves with and without every view."""
    while True:
        best = min(jury.judged, key=jury.error)
        chosen = simplest(jury, best)
        n_judged = len(jury.judged)
        for walk in (best, chosen):
            for view in range(len(jury.views)):
                toggled = with_steps(walk, view, 0 if walk.steps[view] else 1)
                if toggled.n_walking:
                    jury.error(toggled)
        if len(jury.judged) == n_judged:
            return best, chosen


def simplest(jury: Jury, best: Walk) -> Walk:
    """Return the simplest walk that was tried whose error is within one standard error of the best one's."""
    gaps = {walk: jury.gap(walk, best) for walk in jury.judged}
    near = [walk for walk, gap in gaps.items() if gap.mean <= gap.stderr]
    return min(near, key=lambda walk: (walk.simplicity, gaps[walk].mean))


def _candidate(jury: Jury, walk: Walk, best: Walk) -> Candidate:
    return Candidate(
        steps=dict(zip(jury.views, walk.steps, strict=True)),
        rounds=walk.rounds,
        sharpness=walk.sharpness,
        error=jury.error(walk),
        stderr=jury.gap(walk, best).stderr,
        errors=dict(zip(jury.targets, jury.errors(walk).mean(axis=0).tolist(), strict=True)),
    )


def _worth(jury: Jury, chosen: Walk, view: int) -> Worth:
    """Compare the chosen walk with the best without a view it takes, or with the best that takes one it does not."""
    walks = chosen.steps[view] > 0
    others = [walk for walk in jury.judged if (walk.steps[view] > 0) != walks]
    if not others:  # the only view, against the mean of the samples
        gap = jury.gap_to_mean(chosen)
        return Worth(-gap.mean, gap.stderr, walks)
    other = min(others, key=jury.error)
    with_it, without_it = (chosen, other) if walks else (other, chosen)
    gap, error = jury.gap(with_it, without_it), jury.error(without_it) or 1.0  # nobody is ever wrong: nothing to gain
    return Worth(-gap.mean / error, gap.stderr / error, walks)
