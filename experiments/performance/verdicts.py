"""What the package was to reach, held against the table: met, missed, or not run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from experiments.performance.measures import entropy, product, stages
from experiments.performance.methods import dense, paper, phate
from experiments.performance.sets import SHEET, TREE
from experiments.performance.tables import Results, growth_exponent
from experiments.study.verdicts import Check, Verdict, Words
from integrated_diffusion import IntegratedDiffusion

MET, MISSED, NOT_RUN = "met", "missed", "not run"
PAPER, PEER, DENSE = paper.SUBJECT.name, phate.SUBJECT.name, dense.SUBJECT.name
FIT, SIMULATED = stages.SUBJECT.name, (TREE.name, SHEET.name)
SMALL, MIDDLE, LARGE, GROWTH_FROM = 4_000, 100_000, 1_000_000, 25_000
TIMES_DENSE, MIDDLE_GIGABYTES, LARGE_GIGABYTES, TIMES_MIDDLE, EXPONENT = 50, 3.0, 14.0, 12.0, 1.15
SHARE, CURVE_ERROR, CURVE_STDERRS, TIMES_DENSE_CURVE = 0.5, 0.01, 3.0, 100


WORDS = Words(every=MET, some=MISSED, none=MISSED, untested=NOT_RUN)


def verdicts(found: Results) -> list[Verdict]:
    """Hold every target against the table."""
    return [scorer(found) for scorer in TARGETS]


def against_dense(found: Results) -> Verdict:
    """The published method's own way of computing, in the same run."""
    own, other = (found.value(subject, "seconds", SMALL) for subject in (PAPER, DENSE))
    target = f"{SMALL:,} samples: at least {TIMES_DENSE} times faster than the dense computation"
    return _verdict(
        target, other / own, lambda times: times >= TIMES_DENSE, f"{{:.0f}} times: {own:.2f} s, {other:.0f} s"
    )


def against_phate(found: Results) -> Verdict:
    """The peer that comes nearest, in the same run."""
    own, other = (found.value(subject, "seconds", MIDDLE) for subject in (PAPER, PEER))
    target = f"{MIDDLE:,} samples: not slower than PHATE of the concatenated features"
    said = f"{own:.0f} s, PHATE {other:.0f} s: {{:.2f}} of its time"
    return _verdict(target, own / other, lambda share: share <= 1, said)


def middle_memory(found: Results) -> Verdict:
    """Memory of a hundred thousand samples."""
    held = found.value(PAPER, "gigabytes", MIDDLE)
    target = f"{MIDDLE:,} samples: at most {MIDDLE_GIGABYTES:g} GB"
    return _verdict(target, held, lambda gigabytes: gigabytes <= MIDDLE_GIGABYTES, "{:.2f} GB")


def large_memory(found: Results, data: str) -> Verdict:
    """Memory of a million samples."""
    held = found.value(FIT, "fit: gigabytes", LARGE, data)
    target = f"{LARGE:,} samples, {data}: done, in at most {LARGE_GIGABYTES:g} GB"
    return _verdict(target, held, lambda gigabytes: gigabytes <= LARGE_GIGABYTES, "{:.1f} GB")


def large_time(found: Results, data: str) -> Verdict:
    """Time of a million samples against that of a hundred thousand."""
    middle, large = (found.value(FIT, "fit: seconds", n, data) for n in (MIDDLE, LARGE))
    target = f"{LARGE:,} samples, {data}: at most {TIMES_MIDDLE:g} times the time of {MIDDLE:,}"
    said = f"{{:.1f}} times: {large:.0f} s, {middle:.0f} s"
    return _verdict(target, large / middle, lambda times: times <= TIMES_MIDDLE, said)


def growth(found: Results, data: str) -> Verdict:
    """How time grows from twenty-five thousand samples on."""
    n_samples, seconds = found.curve(FIT, "fit: seconds", data)
    exponent = growth_exponent(n_samples[n_samples >= GROWTH_FROM], seconds[n_samples >= GROWTH_FROM])
    exponent = exponent if LARGE in n_samples else np.nan
    target = f"Time grows from {GROWTH_FROM:,} to {LARGE:,} samples, {data}, with an exponent of at most {EXPONENT:g}"
    return _verdict(target, exponent, lambda slope: slope <= EXPONENT, "{:.2f}")


def phate_of_j(found: Results, data: str) -> Verdict:
    """PHATE of the integrated operator beside the fit that made it."""
    fit, more = (found.value(FIT, f"{what}: seconds", LARGE, data) for what in ("fit", stages.PHATE))
    target = f"{LARGE:,} samples, {data}: PHATE of `J` takes at most as long as the fit"
    return _verdict(target, more / fit, lambda share: share <= 1, f"{{:.2f}} of the fit's {fit:.0f} s")


def denoising_level(found: Results, data: str) -> Verdict:
    """A scale of local denoising beside the searches that the operators themselves need."""
    n_levels = IntegratedDiffusion.paper().get_params()["local_denoising"].max_depth
    scales, searches = (
        found.value(FIT, f"{what}: seconds", LARGE, data) for what in (stages.DENOISING, stages.NEIGHBOURS)
    )
    target = f"{LARGE:,} samples, {data}: a scale of local denoising takes at most as long as the views' two searches"
    said = f"{{:.2f}} of their {searches:.0f} s, in the mean of {n_levels} scales"
    return _verdict(target, scales / n_levels / searches, lambda share: share <= 1, said)


def bandwidth(found: Results, data: str) -> Verdict:
    """The hot loop against what the memory allows."""
    n_samples, width = product.SUBJECT.sizes[0], product.WIDTHS[-1]
    share = found.value(product.SUBJECT.name, f"{width} columns: share", n_samples, data)
    allowed = found.value(product.SUBJECT.name, "bandwidth: GB/s", n_samples, data)
    target = f"`P @ X`, {n_samples:,} samples, {data}, {width} columns: half of what the memory's bandwidth allows"
    return _verdict(target, share, lambda part: part >= SHARE, f"{{:.0%}} of {allowed:.0f} GB/s")


def curve_error(found: Results) -> Verdict:
    """The entropy curve beside the exact one."""
    error, stderrs = (
        found.value(entropy.SUBJECT.name, what, entropy.SUBJECT.sizes[0])
        for what in ("largest relative error", "largest error in standard errors")
    )
    target = (
        f"Entropy curve of {entropy.SUBJECT.sizes[0]:,} samples, every t up to {entropy.T_MAX}: within "
        f"{CURVE_ERROR:.0%} of the exact one, and within {CURVE_STDERRS:g} of its own standard errors"
    )
    good = stderrs <= CURVE_STDERRS
    return _verdict(target, error, lambda e: e <= CURVE_ERROR and good, f"{{:.2%}}, {stderrs:.1f} standard errors")


def curve_time(found: Results) -> Verdict:
    """The entropy curve against a dense decomposition."""
    n_samples = entropy.SUBJECT.sizes[0]
    quick, slow = (found.value(entropy.SUBJECT.name, f"{what}: seconds", n_samples) for what in ("quadrature", "dense"))
    target = (
        f"Entropy curve of {n_samples:,} samples: at least {TIMES_DENSE_CURVE} times faster than all eigenvalues by "
        "LAPACK, which are quicker to have than singular values"
    )
    said = f"{{:.0f}} times: {quick:.2f} s, {slow:.0f} s"
    return _verdict(target, slow / quick, lambda times: times >= TIMES_DENSE_CURVE, said)


TARGETS: tuple[Callable[[Results], Verdict], ...] = (
    against_dense,
    against_phate,
    middle_memory,
    *(
        partial(scorer, data=data)
        for scorer in (large_memory, large_time, growth, phate_of_j, denoising_level, bandwidth)
        for data in SIMULATED
    ),
    curve_error,
    curve_time,
)


def _verdict(target: str, number: float, holds: Callable[[float], bool], said: str) -> Verdict:
    """Judge one number; one that is not there was not run."""
    if np.isnan(number):
        return Verdict(target, ())
    return Verdict(target, (Check("", said.format(number), holds(number)),))
