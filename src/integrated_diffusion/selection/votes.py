"""Each view's vote: how much its own diffusion operator predicts of the features that no operator was built from.

The skill of a view about a target is the share of the target's held-out variance that the view's own operator predicts.
A target that no view predicts does not count, and a view that predicts nothing has no vote. Votes set the diffusion
times of the views in the integrated operator; views of similar votes get the same time.
"""

from __future__ import annotations

import numpy as np

LEAST_SKILL = 0.05
"""Share of a target's variance that some view must predict, or the target does not count."""
LEAST_VOTE = 0.15
"""Share of the largest vote below which a view is left out: noise had at most 0.09, useful views at least 0.29."""
_STANDARD_ERRORS = 2.0


def counted(skills: np.ndarray, askable: np.ndarray) -> np.ndarray:
    """Return which targets count: those of which some view's operator predicts more than chance does.

    Parameters
    ----------
    skills : numpy.ndarray of shape (n_splits, n_views, n_targets)
        Skill of each view's own operator about each target in each cross-validation split.
    askable : numpy.ndarray of bool, shape (n_views, n_targets)
        Which views may predict which target.

    Returns
    -------
    numpy.ndarray of bool, shape (n_targets,)
    """
    mean, stderr = skills.mean(axis=0), skills.std(axis=0, ddof=1) / np.sqrt(len(skills))
    significant = (mean >= LEAST_SKILL) & (mean > _STANDARD_ERRORS * stderr)
    return np.asarray((significant & askable).any(axis=0))


def votes(skills: np.ndarray, askable: np.ndarray) -> np.ndarray:
    """Return each view's vote: its skill as a share of the best view's, mean over the targets that count.

    Parameters
    ----------
    skills, askable : numpy.ndarray
        As in `counted`.

    Returns
    -------
    numpy.ndarray of shape (n_views,)
        From 0 to 1, the largest is 1; all are 1 where no target counts.
    """
    counts = counted(skills, askable)
    asked = askable[:, counts]
    if not asked.any(axis=1).all():
        return np.ones(len(askable))
    skill = np.where(asked, np.maximum(skills.mean(axis=0)[:, counts], 0), 0)
    found = (skill / skill.max(axis=0)).sum(axis=1) / asked.sum(axis=1)
    return np.asarray(found / found.max())


def steps_of(found: np.ndarray, t_max: int) -> tuple[int, ...]:
    """Return steps in proportion to the votes, rounded to whole numbers of at most `t_max`.

    A view has at least one step unless its vote is below `LEAST_VOTE`. Steps are divided by their greatest common
    divisor.

    Parameters
    ----------
    found : numpy.ndarray of shape (n_views,)
        Votes, of which the largest is 1.
    t_max : int
        Most steps of one view.

    Examples
    --------
    >>> steps_of(np.array([1.0, 0.8, 0.5, 0.05]), 2)
    (2, 2, 1, 0)
    >>> steps_of(np.array([1.0, 0.8]), 2)
    (1, 1)
    """
    steps = np.where(found < LEAST_VOTE, 0, np.maximum(1, np.floor(t_max * found + 0.5))).astype(int)
    return tuple(int(t) for t in steps // np.gcd.reduce(steps))
