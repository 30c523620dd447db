"""One cross-validation split: operators of one half of the features predict the other half for held-out samples.

`pred_i = [J (w * B)]_i / [J w]_i`, with `w` zero for samples that are held out: the operator's own average, over the
training samples, of the half `B` of the features that it was not built from.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.operators import DiffusionOperator, Operator
from integrated_diffusion.runtime.progress import silent
from integrated_diffusion.selection.batch_centring import components_within, hidden_within
from integrated_diffusion.selection.splits import Split
from integrated_diffusion.selection.view_weights import local_log_errors
from integrated_diffusion.views.coordinates import are_uncorrelated
from integrated_diffusion.views.prepared import AnyView, prepared_or_as_measured
from integrated_diffusion.views.reduction import pca
from integrated_diffusion.views.samples import spread
from integrated_diffusion.views.validation import View


@dataclass(frozen=True, eq=False)
class CrossValidationSplit:
    """Diffusion operators of one half of the features, and what they are to predict.

    Attributes
    ----------
    operators : mapping of str to DiffusionOperator
        Diffusion operator of each view, built on one half of its features.
    targets : mapping of str to numpy.ndarray of shape (n_samples, n_components)
        The other half of each view that has one: principal components, centred and of total variance one, float32.
    held_out : numpy.ndarray of int, shape (n_held_out,)
        Samples to predict.
    seen : numpy.ndarray of shape (n_samples,)
        One for training samples, zero for those held out, float32.
    coordinates : frozenset of str, default frozenset()
        Targets that are uncorrelated with the half that the view's own operator is built on: one half of a view of
        coordinates, such as principal components, by construction cannot predict the other.
    measured : mapping of str to numpy.ndarray of bool, shape (n_samples,), default {}
        Which samples each view has measured; empty where every view has measured every sample. Targets are zero
        elsewhere.
    """

    operators: Mapping[str, DiffusionOperator]
    targets: Mapping[str, np.ndarray]
    held_out: np.ndarray
    seen: np.ndarray
    coordinates: frozenset[str] = frozenset()
    measured: Mapping[str, np.ndarray] = field(default_factory=dict)

    def errors(self, operator: Operator, among: np.ndarray | None = None) -> np.ndarray:
        """Return an operator's squared prediction error about each target, relative to predicting the mean.

        Both are errors about the same held-out samples, so that an outlier among them increases both. A view is
        predicted at samples that it has measured.

        Parameters
        ----------
        operator : Operator
            An integrated operator of this split's diffusion operators.
        among : numpy.ndarray of bool, shape (n_samples,), or None, default None
            Samples to look at; all of them unless given.

        Returns
        -------
        numpy.ndarray of shape (n_targets,)
            About 1 where the operator predicts no better than the mean of the training samples, 0 for no error; 1 where
            there is nothing to predict.
        """
        predicted = self._predict(operator)  # the mean of the training samples is zero
        hidden = {name: B[self.held_out] for name, B in self.targets.items()}
        for name, rows in self._looked_at(among).items():
            predicted[name], hidden[name] = predicted[name][rows], hidden[name][rows]
        return np.array([_share(_squares(B - predicted[name]), _squares(B)) for name, B in hidden.items()])

    def own_errors(self, view: str, t: int = 1) -> np.ndarray:
        """Return the errors of a view's own operator about each target, at the samples that the view has measured."""
        return self.errors(self.operators[view] ** t, self.measured.get(view))

    def has_common(self, view: str, target: str) -> bool:
        """Whether some held-out sample was measured by a view and by another one that is to be predicted."""
        return bool(np.logical_and(*(self._measured_and_held_out(name) for name in (view, target))).any())

    def trained_on(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """Return by target the weights of the samples that have it, `(n_samples,)`."""
        return {
            name: weights * self.measured[name].astype(weights.dtype) if name in self.measured else weights
            for name in self.targets
        }

    def _measured_and_held_out(self, name: str) -> np.ndarray:
        return self.measured[name][self.held_out] if name in self.measured else np.ones(len(self.held_out), dtype=bool)

    def _looked_at(self, among: np.ndarray | None) -> dict[str, np.ndarray]:
        """By target which held-out samples to look at; without those of which all are looked at."""
        if among is None and not self.measured:
            return {}
        rows = {name: self._measured_and_held_out(name) for name in self.targets}
        return rows if among is None else {name: mask & among[self.held_out] for name, mask in rows.items()}

    def _predict(self, operator: Operator) -> dict[str, np.ndarray]:
        if self.measured:
            return self._predict_measured(operator)
        B = np.hstack(list(self.targets.values()))
        reached = operator @ (np.column_stack([B, np.ones(len(B), dtype=B.dtype)]) * self.seen[:, None])
        sums, weights = reached[self.held_out, :-1], reached[self.held_out, -1:]
        # A sample that reaches no training sample is predicted by the mean, which is zero.
        predicted = np.divide(sums, weights, out=np.zeros_like(sums), where=weights > 0)
        ends = np.cumsum([target.shape[1] for target in self.targets.values()])
        return dict(zip(self.targets, np.split(predicted, ends[:-1], axis=1), strict=True))

    def _predict_measured(self, operator: Operator) -> dict[str, np.ndarray]:
        """The same where targets were measured in different samples, which each has weights of its own for."""
        trained = self.trained_on(self.seen)
        blocks = [np.column_stack([B * trained[name][:, None], trained[name]]) for name, B in self.targets.items()]
        reached = (operator @ np.hstack(blocks))[self.held_out]
        ends = np.cumsum([block.shape[1] for block in blocks])
        found = {}
        for name, part in zip(self.targets, np.split(reached, ends[:-1], axis=1), strict=True):
            sums, weights = part[:, :-1], part[:, -1:]
            found[name] = np.divide(sums, weights, out=np.zeros_like(sums), where=weights > 0)
        return found

    def local_log_errors(self) -> dict[str, np.ndarray]:
        """Log error of each view at each sample, by the training samples; see `view_weights.local_log_errors`."""
        return local_log_errors(self.operators, self.targets, self.trained_on(self.seen))

    def local_log_errors_of_all(self) -> dict[str, np.ndarray]:
        """The same by all samples: for the view weights once the model is selected."""
        return local_log_errors(self.operators, self.targets, self.trained_on(np.ones_like(self.seen)))


def make_cv_split(
    views: Mapping[str, AnyView], construction: Construction, split: Split, held_out: float, n_targets: int, seed: int
) -> CrossValidationSplit:
    """Split the views, hold some samples out and build the diffusion operators.

    Parameters
    ----------
    views : mapping of str to array or PreparedView
        Views by name, `(n_measured, n_features)`, prepared or as they were measured.
    construction : Construction
        How views become diffusion operators. Where it has batches, the share is held out of every batch, and targets
        are centred within batches.
    split : Split
        How a view is split in two.
    held_out : float
        Share of the samples to hold out.
    n_targets : int
        Number of principal components of a half that are to be predicted.
    seed : int
        Seed of the split and of the held-out samples.
    """
    rng = np.random.default_rng(seed)
    halves = {
        name: split(view, construction.n_pca_of(name), rng_of(name, seed))
        for name, view in prepared_or_as_measured(views).items()
    }
    measured = dict(construction.measured or {})
    n_samples = len(next(iter(measured.values()))) if measured else next(iter(views.values())).shape[0]
    n_hidden = min(
        max(1, round(held_out * n_samples)), n_samples - 2
    )  # at least two training samples, so that they vary
    codes = None if construction.batches is None else construction.batches.codes
    order = construction.draw_order(n_samples)
    if codes is None:
        hidden = np.sort(order[rng.choice(n_samples, size=n_hidden, replace=False)])
    else:
        hidden = np.sort(order[hidden_within(codes[order], held_out, rng)])
    seen = np.ones(n_samples, dtype=np.float32)
    seen[hidden] = 0
    targets = {}
    for name, (_, half) in halves.items():
        if half.shape[1]:
            mask = measured.get(name)
            if mask is None:
                targets[name] = _target(half, n_targets, seen > 0, codes)
            else:
                here = None if codes is None else codes[mask]
                targets[name] = np.asarray(spread(_target(half, n_targets, seen[mask] > 0, here), mask))
    coordinates = frozenset(name for name in targets if are_uncorrelated(*halves[name]))
    quietly = replace(construction, progress=silent)
    kept = quietly.denoise(quietly.reduce({name: half for name, (half, _) in halves.items()}))
    # Without a warning of disconnected graphs: that of whole views is what the user is told of.
    operators = quietly.embedded({name: quietly.build_operator(X, name) for name, X in kept.items()})
    return CrossValidationSplit(operators, targets, hidden, seen, coordinates, measured)


def rng_of(name: str, seed: int) -> np.random.Generator:
    """A generator of the view's own, so that a split does not depend on the order of the views."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def _target(half: View, n_targets: int, seen: np.ndarray, codes: np.ndarray | None = None) -> np.ndarray:
    """Leading principal components, centred (in each batch) and of total variance one by the training samples."""
    scores = pca(half, n_targets) if codes is None else components_within(half, n_targets, codes, seen)
    scores = np.asarray(scores, dtype=np.float64)
    centred = scores - scores[seen].mean(axis=0)
    variance, mean_square = _squares(centred[seen]) / seen.sum(), _squares(scores) / len(scores)
    varies = variance > 1e-12 * mean_square  # a constant varies by its rounding
    scaled: np.ndarray = (centred / np.sqrt(variance) if varies else np.zeros_like(centred)).astype(np.float32)
    return scaled


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 1.0  # nothing varies, and nothing predicts better than the mean


def _squares(X: np.ndarray) -> float:
    return float(np.square(X, dtype=np.float64).sum())
