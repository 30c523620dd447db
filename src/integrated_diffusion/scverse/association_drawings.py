"""Drawings of associations of an integrated MuData: all pairs, or one pair before and after denoising."""

from __future__ import annotations

import mudata
import numpy as np

from integrated_diffusion import plotting
from integrated_diffusion.association import EqualFrequency, Estimator, FixedSmoothing, NoSmoothing, Pairs, Smoothing
from integrated_diffusion.association import associate as associate_pairs
from integrated_diffusion.io import keys, stored_operator
from integrated_diffusion.plotting import Drawing, PairPanel
from integrated_diffusion.plotting.words import two_decimals
from integrated_diffusion.scverse.coloring import names_in
from integrated_diffusion.scverse.feature_values import feature_names, feature_values, find_feature


def one_pair(
    data: mudata.MuData, pair: tuple[str, str], estimator: Estimator | None, n_shuffles: int, random_state: int
) -> Drawing:
    """Return the drawing of one pair of features; arguments and errors are those of `pl.association`."""
    if isinstance(pair, str) or len(pair) != 2:
        raise ValueError(f"pair: expected two features, found {pair!r}; write for instance ('CD4', 'CD4_TotalSeqB')")
    (first, a, A), (second, b, B) = (_side(data, feature, place) for place, feature in enumerate(pair))
    integrated = stored_operator(data)
    J = integrated.operator
    single = FixedSmoothing(integrated.alone(first), integrated.alone(second))
    smoothings = (NoSmoothing(), single, FixedSmoothing(J, J))
    panels = [_panel(one, A, B, estimator or EqualFrequency(), n_shuffles, random_state) for one in smoothings]
    return plotting.pair_drawing(panels, f"{a} ({first})", f"{b} ({second})")


def _side(data: mudata.MuData, feature: str, place: int) -> tuple[str, str, np.ndarray]:
    """Modality, name and values of a pair's first (0) or second (1) feature; modalities of associations come first."""
    associated = data.uns.get(keys.ASSOCIATIONS, {}).get(("first", "second")[place])
    there = associated is not None and feature in names_in(data, [str(associated)])
    view, column = find_feature(data, feature, str(associated) if there else None)
    name = feature_names(data, view)[column]
    return view, name, feature_values(data, name, view)[:, None]


def all_pairs(data: mudata.MuData) -> Drawing:
    """Return the drawing of all associations; errors are those of `pl.association`."""
    kept = data.uns.get(keys.ASSOCIATIONS)
    if kept is None:
        raise ValueError(
            f"expected associations, found nothing in uns['{keys.ASSOCIATIONS}']; call tl.associate or name a pair"
        )
    if not int(kept["n_shuffles"]):
        raise ValueError(
            "expected associations with a permutation null, found none; call tl.associate with n_shuffles of at least 3"
        )
    smoothing = two_decimals(str(kept["smoothing"]))
    return plotting.association_drawing(kept["table"], f"{kept['first']} and {kept['second']}, {smoothing}")


def _panel(
    smoothing: Smoothing, A: np.ndarray, B: np.ndarray, estimator: Estimator, n_shuffles: int, random_state: int
) -> PairPanel:
    """One pair after one smoothing; the permutations are those of `tl.associate` with the same seed."""
    pair = Pairs(np.array([0]), np.array([0]), np.array([""]), np.array([""]))
    found = associate_pairs(smoothing, A, B, pair, estimator, n_shuffles, random_state)
    first, second = ((way.operator @ X)[:, 0] for way, X in zip(smoothing(len(A)), (A, B), strict=True))
    score, null_mean, null_sd = (float(part[0]) for part in (found.score, found.null_mean, found.null_sd))
    return PairPanel(two_decimals(str(smoothing)), first, second, score, null_mean, null_sd)
