"""Claims held against tables in which they are true, false, or true in part."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_rel

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.methods import (
    ALTERNATING,
    DENOISING_ONLY,
    INTEGRATED,
    METHODS,
    PAPER_STEPS,
    POWERING_ONLY,
)
from experiments.reproduction import claims
from experiments.reproduction.claims import POWERS, WORDS, at, levels, readable
from experiments.study.verdicts import Check, Verdict

SEEDS = np.arange(10, 20)
COMPARED = ("concatenation", "WNN", "MOFA")
EVERY = (ALTERNATING, DENOISING_ONLY, POWERING_ONLY, INTEGRATED, *COMPARED, "view1 alone")
GLOBAL = (0.4, 0.8, 1.6, 3.2, 6.4, 12.8)
LOCAL = (0.0, 0.1, 0.15, 0.2, 0.3)
POWERED, ONCE = POWERS
PHATE = "PHATE"


def jitter(method):
    """What seeds add, a little and of mean zero; differences between methods are then sure, but not exact."""
    noise = np.random.default_rng(list(method.encode())).normal(size=len(SEEDS))
    return 0.002 * (noise - noise.mean())


def table(condition, at_levels, value, scores, methods=EVERY):
    """A long table of `value(method, level, score)`, the mean over seeds."""
    rows = [
        {"seed": seed, "n_samples": 100, condition: level, "method": method, "score": score, "value": x}
        for score in scores
        for level in at_levels
        for method in methods
        for seed, x in zip(SEEDS, value(method, level, score) + jitter(method), strict=True)
    ]
    return pd.DataFrame(rows)


def digits(value):
    return {"global_noise": table("noise", GLOBAL, value, ("accuracy", "accuracy, J once"))}


def trees(value):
    """PHATE is drawn of the paper's method taken apart, and of nothing else."""
    every = table("local noise", LOCAL, value, ("DEMaP", "DEMaP, J once"))
    return {"local_noise": pd.concat([every, table("local noise", LOCAL, value, ("DEMaP, PHATE",), PAPER_STEPS)])}


def orders(first_cleaner, first_noisier):
    """The paper's method taken apart with either view first."""
    scores = ("accuracy", "accuracy, J once")
    cleaner = table("noise", (0.8, 1.6, 3.2), first_cleaner, scores, PAPER_STEPS).assign(order="cleaner view first")
    noisier = table("noise", (0.8, 1.6, 3.2), first_noisier, scores, PAPER_STEPS).assign(order="noisier view first")
    return {"view_order": pd.concat([cleaner, noisier])}


def pixels(value, at_levels=(0.8, 1.6)):
    methods = (*EVERY[:-1], "along view1", "as measured")
    return {"denoising": table("noise", at_levels, value, ("accuracy", "mean squared error"), methods)}


def gap_between(found, method, other):
    """A paired difference as text, by hand: its mean, standard error and the p-value of scipy."""
    rows = found.set_index(["method", "seed"])["value"]
    a, b = rows[method].to_numpy(), rows[other].to_numpy()
    if np.allclose(a, b):
        return "+0.000 ± 0.000 (p = 1)"
    p = ttest_rel(a, b).pvalue
    said = "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}"
    return f"{np.mean(a - b):+.3f} ± {np.std(a - b, ddof=1) / np.sqrt(len(a)):.3f} ({said})"


def outcomes(verdict):
    return {group: verdict.outcome(WORDS, group) for group in verdict.groups}


def both(outcome):
    return {POWERED: outcome, ONCE: outcome}


@pytest.mark.parametrize(
    ("held", "outcome"),
    [
        ((True, True), "reproduced"),
        ((True, False), "partly (1 of 2)"),
        ((False, True, True), "partly (2 of 3)"),
        ((False, False), "not reproduced"),
        ((), "nothing to test"),
    ],
)
def test_outcome_by_protocol(held, outcome):
    checks = [Check(POWERED, "something", holds) for holds in held]
    verdict = Verdict("a claim", (*checks, Check(ONCE, "else", True)), (POWERED, ONCE))
    assert outcomes(verdict) == {POWERED: outcome, ONCE: "reproduced"}


def test_levels_are_sorted_and_rows_chosen():
    found = digits(lambda *_: 0.5)["global_noise"].sample(frac=1, random_state=0)
    assert levels(found, "noise") == list(GLOBAL)
    chosen = at(found, "accuracy, J once", "noise", (0.8, 6.4))
    assert set(chosen["noise"]) == {0.8, 6.4}
    assert set(chosen["score"]) == {"accuracy, J once"}
    assert len(chosen) == 2 * len(EVERY) * len(SEEDS)


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        ((0.9, 0.8, 0.7, 0.6, 0.4), [0.1, 0.15, 0.2]),
        ((0.9, 0.8, 0.7, 0.6, 0.55), [0.15, 0.2, 0.3]),
        ((0.9, 0.6, 0.4, 0.3, 0.2), [0.0, 0.1]),
        ((0.9, 0.6, 0.4, 0.6, 0.4), [0.0, 0.1, 0.2]),
        ((0.4, 0.4, 0.4, 0.4, 0.4), []),
    ],
)
def test_readable_levels_are_the_three_highest_that_leave_any_method(means, expected):
    def value(method, level, score):
        if score == "DEMaP, J once":
            return 0.9
        return means[LOCAL.index(level)] if method == "MOFA" else 0.1

    found = trees(value)["local_noise"]
    assert readable(found, "DEMaP") == expected
    assert readable(found, "DEMaP, J once") == [0.15, 0.2, 0.3]


def test_one_good_seed_leaves_no_method_above():
    found = trees(lambda *_: 0.45)["local_noise"]
    found.loc[found["seed"] == 10, "value"] = 0.9
    assert readable(found, "DEMaP") == []


@pytest.mark.parametrize(("best", "outcome"), [(0.915, "reproduced"), (0.95, "not reproduced"), (0.5, "reproduced")])
def test_equal_noise(best, outcome):
    def value(method, level, score):
        if level > 0.4:  # of no concern
            return 0.1 if method == INTEGRATED else 0.9
        return {INTEGRATED: 0.9, "WNN": best}.get(method, 0.3)

    found = digits(value)
    verdict = claims.equal_noise(found)
    assert outcomes(verdict) == both(outcome)
    (check,) = verdict.of(POWERED)
    winner = ("WNN", best) if best > 0.9 else (INTEGRATED, 0.9)
    gap = gap_between(at(found["global_noise"], "accuracy", "noise", (0.4,)), INTEGRATED, winner[0])
    assert check.what == f"noise 0.4: integrated 0.900, best is {winner[0]} with {winner[1]:.3f}; {gap}"
    assert gap.startswith(f"{0.9 - winner[1]:+.3f} ± ")


def test_protocols_are_judged_apart():
    def value(method, level, score):
        return 0.9 if (method == INTEGRATED) == (score == "accuracy") else 0.5

    assert outcomes(claims.equal_noise(digits(value))) == {POWERED: "reproduced", ONCE: "not reproduced"}
    assert outcomes(claims.above_baselines(digits(value))) == {POWERED: "reproduced", ONCE: "not reproduced"}
    assert outcomes(claims.above_alternating(digits(value))) == {POWERED: "reproduced", ONCE: "not reproduced"}


GAINS = pytest.mark.parametrize(
    ("gains", "outcome"),
    [
        ((0.05, 0.04, 0.06), "reproduced"),
        ((0.05, -0.05, 0.06), "partly (2 of 3)"),
        ((0.05, 0.05, 0.0), "partly (2 of 3)"),
        ((-0.05, -0.04, -0.06), "not reproduced"),
        ((0.0, 0.0, 0.0), "not reproduced"),
    ],
)


@GAINS
def test_powering(gains, outcome):
    helped = (POWERING_ONLY, INTEGRATED)

    def value(method, level, score):
        gain = gains[GLOBAL.index(level) - 3] if level > 3 else -0.2  # the lower levels do not count
        base = 0.7 if method in (INTEGRATED, DENOISING_ONLY) else 0.6
        return base + (gain if method in helped else 0)

    found = digits(value)
    verdict = claims.powering(found)
    assert outcomes(verdict) == both(outcome)
    checks = verdict.of(ONCE)
    assert [check.holds for check in checks] == [gain > 0 for gain in gains]
    rows = at(found["global_noise"], "accuracy, J once", "noise", (6.4,)).set_index(["method", "seed"])["value"]
    a, b = (
        (rows[one].to_numpy() + rows[other].to_numpy()) / 2 for one, other in (helped, (ALTERNATING, DENOISING_ONLY))
    )
    p = ttest_rel(a, b).pvalue
    said = "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}"
    stderr = np.std(a - b, ddof=1) / np.sqrt(10)
    pairs = [(POWERING_ONLY, ALTERNATING), (INTEGRATED, DENOISING_ONLY)]
    each = ", ".join(f"{one} − {other} {rows[one].mean() - rows[other].mean():+.3f}" for one, other in pairs)
    assert checks[1].what == f"noise 6.4: {np.mean(a - b):+.3f} ± {stderr:.3f} ({said}); {each}"


def test_a_mean_of_two_pairs_says_each():
    means = {ALTERNATING: 0.5, POWERING_ONLY: 0.9, DENOISING_ONLY: 0.7, INTEGRATED: 0.6}
    of_digits = claims.powering(digits(lambda method, *_: means.get(method, 0.3)))
    assert outcomes(of_digits) == both("reproduced")  # though one of the two methods loses by it
    for check in of_digits.of(POWERED):
        each = "alternating + powering − alternating +0.400, integrated − alternating + local denoising -0.100"
        assert check.what.split("; ")[1] == each
    of_trees = claims.local_denoising(trees(lambda method, *_: means.get(method, 0.3)))
    for checks in map(of_trees.of, of_trees.groups):
        each = "alternating + local denoising − alternating +0.200, integrated − alternating + powering -0.300"
        assert [check.what.split("; ")[1] for check in checks] == [each] * 4  # three levels, and all of them
        assert not any(check.holds for check in checks)


@GAINS
def test_local_denoising(gains, outcome):
    def value(method, level, score):
        if level == 0.3:  # nobody is above 0.5 there
            return 0.4
        gain = gains[LOCAL.index(level) - 1] if level else -0.2
        return 0.7 + (gain if method in (DENOISING_ONLY, INTEGRATED) else 0) + (0.1 if method == INTEGRATED else 0)

    # Integrated is 0.1 above whatever it gains: its half of that counts too, as it does without local denoising.
    verdict = claims.local_denoising(trees(lambda *of: value(*of) + (0.1 if of[0] == POWERING_ONLY else 0)))
    n_held = sum(gain > 0 for gain in gains) + (sum(gains) > 1e-9)
    outcome = outcome if n_held in (0, 4) else f"partly ({n_held} of 4)"
    assert outcomes(verdict) == both(outcome) | {PHATE: outcome}
    for checks in map(verdict.of, verdict.groups):
        *levels, pooled = checks
        assert [check.what.split(":")[0] for check in levels] == [f"local noise {x}" for x in (0.1, 0.15, 0.2)]
        assert [check.holds for check in levels] == [gain > 0 for gain in gains]
        for check, gain in zip(levels, gains, strict=True):
            assert f"{gain:+.3f} ±" in check.what or gain == 0
        assert pooled.what.startswith("all of them: ")
        assert pooled.holds == (sum(gains) > 1e-9)
        assert f"{sum(gains) / 3:+.3f} ±" in pooled.what or abs(sum(gains)) < 1e-9


def test_local_denoising_in_pictures_is_judged_by_pictures():
    def value(method, level, score):
        helped = method in (DENOISING_ONLY, INTEGRATED)
        return 0.7 + (0.1 if helped == (score == "DEMaP, PHATE") else 0)

    verdict = claims.local_denoising(trees(value))
    assert outcomes(verdict) == both("not reproduced") | {PHATE: "reproduced"}


def test_where_nothing_is_readable_there_is_nothing_to_test():
    found = trees(lambda *of: 0.4 if of[2] == "DEMaP, PHATE" else 0.7)
    verdict = claims.local_denoising(found)
    assert verdict.of(PHATE) == []
    assert verdict.outcome(WORDS, PHATE) == "nothing to test"


def test_gains_that_are_not_sure_do_not_hold():
    found = digits(lambda method, level, score: 0.7 if method in (POWERING_ONLY, INTEGRATED) else 0.6)
    rows = found["global_noise"]
    seeds = rows["seed"].isin(SEEDS[:5]) & rows["method"].isin((POWERING_ONLY, INTEGRATED))
    rows.loc[seeds, "value"] -= 0.18
    verdict = claims.powering(found)
    assert outcomes(verdict) == both("not reproduced")
    assert all("+0.010" in check.what for check in verdict.of(POWERED))


@pytest.mark.parametrize(
    ("margins", "outcome"),
    [
        ((0.031, 0.05, 0.2), "reproduced"),
        ((0.031, 0.029, 0.2), "partly (2 of 3)"),
        ((0.02, 0.01, -0.1), "not reproduced"),
    ],
)
def test_above_alternating_by_three_hundredths(margins, outcome):
    def value(method, level, score):
        return 0.6 + (margins[GLOBAL.index(level) - 3] if method == INTEGRATED and level > 3 else 0)

    verdict = claims.above_alternating(digits(value))
    assert outcomes(verdict) == both(outcome)
    for check, margin in zip(verdict.of(POWERED), margins, strict=True):
        assert f"{margin:+.3f} ±" in check.what


@pytest.mark.parametrize(
    ("margins", "outcome"),
    [
        ((-0.009, 0.0, 0.2), "reproduced"),
        ((-0.009, -0.011, 0.2), "partly (2 of 3)"),
        ((-0.02, -0.02, -0.1), "not reproduced"),
    ],
)
def test_beside_powering_within_a_hundredth(margins, outcome):
    def value(method, level, score):
        if level <= 3:
            return 0.1
        return {POWERING_ONLY: 0.6, INTEGRATED: 0.6 + margins[GLOBAL.index(level) - 3]}.get(method, 0.9)

    assert outcomes(claims.beside_powering(digits(value))) == both(outcome)


@pytest.mark.parametrize(
    ("margins", "outcome"),
    [((0.01, 0.2, 0.3), "reproduced"), ((-0.01, 0.01, 0.0), "partly (1 of 3)"), ((-0.1, 0.0, -0.2), "not reproduced")],
)
def test_above_the_cleaner_view_alone(margins, outcome):
    def value(method, level, score):
        if level <= 3:
            return 0.9 if method == "view1 alone" else 0.1
        margin = margins[GLOBAL.index(level) - 3]
        return {"view1 alone": 0.6, INTEGRATED: 0.6 + margin, "view2 alone": 0.99}.get(method, 0.95)

    found = {"global_noise": table("noise", GLOBAL, value, ("accuracy", "accuracy, J once"), (*EVERY, "view2 alone"))}
    verdict = claims.above_single_views(found)
    assert outcomes(verdict) == both(outcome)
    for check, level, margin in zip(verdict.of(ONCE), GLOBAL[3:], margins, strict=True):
        assert check.what.startswith(f"noise {level:g}: {margin:+.3f} ±") or margin == 0
        assert check.holds == (margin > 0)


ABOVE = pytest.mark.parametrize(
    ("own", "outcome", "beaten"),
    [
        (0.9, "reproduced", set(COMPARED)),
        (0.65, "partly (2 of 3)", {"concatenation", "MOFA"}),
        (0.3, "not reproduced", set()),
    ],
)


@ABOVE
def test_above_baselines(own, outcome, beaten):
    def value(method, level, score):
        if level <= 3:
            return 0.95 if method in COMPARED else 0.1
        # Single views and the method's own parts are no baselines.
        return {INTEGRATED: own, "concatenation": 0.5, "MOFA": 0.6, "WNN": 0.7}.get(method, 0.99)

    verdict = claims.above_baselines(digits(value))
    assert outcomes(verdict) == both(outcome)
    for checks in map(verdict.of, verdict.groups):
        against = {check.what.split(":")[0].removeprefix("against "): check for check in checks}
        assert list(against) == [name for name in METHODS if name in COMPARED]
        assert {name for name, check in against.items() if check.holds} == beaten
        assert f"{own - 0.7:+.3f} ±" in against["WNN"].what


@ABOVE
def test_above_baselines_on_trees(own, outcome, beaten):
    def value(method, level, score):
        if level == 0.3:  # nobody is above 0.5 there
            return 0.1 if method == INTEGRATED else 0.4
        if level == 0.0:  # and this is the fourth from the top
            return 0.1 if method == INTEGRATED else 0.9
        return {INTEGRATED: own, "concatenation": 0.5, "MOFA": 0.6, "WNN": 0.7}.get(method, 0.99)

    verdict = claims.above_baselines_on_trees(trees(value))
    assert outcomes(verdict) == both(outcome)
    for checks in map(verdict.of, verdict.groups):
        against = {check.what.split(":")[0].removeprefix("against "): check for check in checks}
        assert set(against) == set(COMPARED)
        assert {name for name, check in against.items() if check.holds} == beaten
        assert f"{own - 0.6:+.3f} ±" in against["MOFA"].what


@pytest.mark.parametrize(
    ("means", "holds"),
    [
        ({INTEGRATED: 0.8, POWERING_ONLY: 0.7}, (True, True, True)),
        ({INTEGRATED: 0.8, POWERING_ONLY: 0.9}, (False, True, False)),
        ({INTEGRATED: 0.8, "WNN": 0.7}, (True, False, True)),
        ({INTEGRATED: 0.8, "WNN": 0.9}, (False, False, True)),
        ({INTEGRATED: 0.8, "along view1": 0.9, POWERING_ONLY: 0.7}, (False, False, True)),
        ({"as measured": 0.9, POWERING_ONLY: 0.7}, (False, False, False)),
    ],
)
def test_denoising(means, holds):
    def value(method, level, score):
        if score == "mean squared error":
            return 1.0 if method == "MOFA" else 0.0
        return means.get(method, 0.3)

    found = pixels(value)
    verdict = claims.denoising(found)
    partly = f"partly ({2 * sum(holds)} of 6)"
    outcome = "reproduced" if all(holds) else partly if any(holds) else "not reproduced"
    assert outcomes(verdict) == {ONCE: outcome}
    checks = verdict.of(ONCE)
    assert [check.holds for check in checks] == [*holds, *holds]
    best = max(means, key=lambda method: means[method])
    own = means.get(INTEGRATED, 0.3)
    stderr = np.std(jitter(best), ddof=1) / np.sqrt(10)
    assert checks[0].what == f"noise 0.8: integrated {own:.3f}, best is {best} with {means[best]:.3f} ± {stderr:.3f}"
    second = max((method for method in means if method != INTEGRATED), key=lambda method: means[method])
    assert checks[4].what == f"noise 1.6: the best but for integrated is {second}"
    gap = gap_between(at(found["denoising"], "accuracy", "noise", (1.6,)), INTEGRATED, POWERING_ONLY)
    assert checks[5].what == f"noise 1.6: integrated against {POWERING_ONLY}: {gap}"


@pytest.mark.parametrize(("share", "holds"), [(0.9, True), (1.1, False)])
def test_denoising_within_a_standard_error_of_the_first(share, holds):
    stderr = np.std(jitter(POWERING_ONLY), ddof=1) / np.sqrt(10)
    means = {POWERING_ONLY: 0.8, INTEGRATED: 0.8 - share * stderr}
    verdict = claims.denoising(pixels(lambda method, *_: means.get(method, 0.3)))
    checks = verdict.of(ONCE)
    assert [check.holds for check in checks[0::3]] == [holds] * 2
    assert [check.holds for check in checks[1::3]] == [True] * 2


@pytest.mark.parametrize(("share", "holds"), [(-5.0, True), (0.9, True), (1.1, False)])
def test_denoising_within_a_standard_error_of_the_paired_difference(share, holds):
    stderr = np.std(jitter(INTEGRATED) - jitter(POWERING_ONLY), ddof=1) / np.sqrt(10)
    means = {POWERING_ONLY: 0.8, INTEGRATED: 0.8 - share * stderr}
    verdict = claims.denoising(pixels(lambda method, *_: means.get(method, 0.3)))
    assert [check.holds for check in verdict.of(ONCE)[2::3]] == [holds] * 2


def test_the_other_order_is_judged_by_the_other_order():
    verdict = claims.above_alternating_the_other_way_round(
        orders(lambda *_: 0.7, lambda method, *_: 0.75 if method == INTEGRATED else 0.7)
    )
    assert outcomes(verdict) == both("reproduced")
    verdict = claims.above_alternating_the_other_way_round(
        orders(lambda method, *_: 0.75 if method == INTEGRATED else 0.7, lambda *_: 0.7)
    )
    assert outcomes(verdict) == both("not reproduced")


def test_every_claim_has_a_verdict_in_the_papers_order():
    def value(method, level, score):
        order = ("view1 alone", "as measured", *COMPARED, ALTERNATING)
        return 0.5 + 0.02 * order.index(method) if method in order else {INTEGRATED: 0.9}.get(method, 0.85)

    outcomes = claims.verdicts(digits(value) | trees(value) | pixels(value) | orders(value, value))
    assert len({verdict.claim for verdict in outcomes}) == len(outcomes) == len(claims.CLAIMS)
    subjects = [verdict.claim.split(":")[0] for verdict in outcomes]
    assert list(dict.fromkeys(subjects)) == ["Equal noise", "Global noise", "Local noise", "Denoising"]
    for verdict in outcomes:
        assert set(verdict.groups) <= {*POWERS, PHATE}
        assert all(map(verdict.of, verdict.groups))
