"""The tables of the page, in Markdown."""

from __future__ import annotations

from math import isnan

import pandas as pd

from experiments.single_cell import entropies, ways
from experiments.single_cell.information import ALL_PAIRS, N_FOUND, N_PAIRS, RANDOM_PAIRS, Q
from experiments.single_cell.reading import level, named_sets, sharp, told
from experiments.single_cell.sharpness import SCORES
from experiments.study.markdown import literal, literal_table
from experiments.study.markdown import table as markdown


def chosen(table: pd.DataFrame) -> str:
    """What each fit chose: elbows, steps, rounds, and what each view was worth to the default."""
    rows = []
    for name, of_set in named_sets(table):
        for fit, of_fit in of_set.groupby("fit", sort=False):
            value = of_fit.set_index(["method", "score"])["value"]
            views = [view for view in of_fit["method"].unique() if view != entropies.ALL_VIEWS]
            told_of = {
                what: ", ".join(f"{view} {int(value[view, what])}" for view in views)
                for what in (entropies.ELBOW, entropies.STEPS)
            }
            worth = ", ".join(
                f"{view} {value[view, entropies.GAIN]:+.1%} ± {value[view, entropies.GAIN_STDERR]:.1%}"
                for view in views
                if (view, entropies.GAIN) in value.index
            )
            rounds = f"{int(value[entropies.ALL_VIEWS, entropies.ROUNDS])}"
            rows.append([f"{name}, {fit}", told_of[entropies.ELBOW], told_of[entropies.STEPS], rounds, worth])
    return literal_table(["set, fit", "elbows", "steps", "repeated", "lowers the held-out error by"], rows)


def scores(table: pd.DataFrame) -> str:
    """Sharpness of the types' borders, a line a set and way, the best of each column of a set in bold."""
    rows = []
    for name, of_set in named_sets(table):
        named = list(of_set["way"].unique())
        values = {way: [sharp(of_set, way, score) for score in SCORES] for way in named}
        known = [way for way in named if not all(map(isnan, values[way]))]
        best = [
            max((values[way][i] for way in known if not isnan(values[way][i])), default=0) for i in range(len(SCORES))
        ]
        for way in known:
            numbers = [_number(value, value == top) for value, top in zip(values[way], best, strict=True)]
            rows.append([literal(f"{name}, {way}"), *numbers])
    return markdown(["set, way", *map(literal, SCORES)], rows)


def _number(value: float, is_best: bool) -> str:
    if isnan(value):
        return ""
    return f"**{value:.3f}**" if is_best else f"{value:.3f}"


def means(table: pd.DataFrame) -> str:
    """Mean mutual information of all pairs beside both nulls, a line a set and way."""
    rows = []
    for name, of_set in named_sets(table):
        for way in ways.ALL_SMOOTHINGS:
            at = [level(of_set, way, null) for null in ways.NULLS]
            n_pairs = int(told(of_set, way, ways.VIEWS_SHUFFLED, N_PAIRS))
            row = [f"{name}, {way}", f"{at[0].score:.3g}"]
            for found, null in zip(at, ways.NULLS, strict=True):
                n_found = int(told(of_set, way, null, N_FOUND))
                row += [f"{found.null:.3g} ± {found.sd:.1g}", f"{found.excess:+.3g}", f"{n_found:,} of {n_pairs:,}"]
            rows.append(row)
    head = [f"{what}, {null}" for null in ways.NULLS for what in ("null", "excess", "found")]
    return literal_table(["set, way", "mean, nats", *head], rows)


def against_random(table: pd.DataFrame) -> str:
    """Pairs that belong together beside random ones: what is left over each null, and how many are found."""
    rows = []
    for name, of_set in named_sets(table):
        for way in ways.ALL_SMOOTHINGS:
            row = [f"{name}, {way}"]
            for null in ways.NULLS:
                for subject in (ALL_PAIRS, RANDOM_PAIRS):
                    n_found, n_pairs = (told(of_set, way, null, what, subject) for what in (N_FOUND, N_PAIRS))
                    row.append(f"{level(of_set, way, null, subject).excess:+.3g} ({n_found / n_pairs:.0%})")
            rows.append(row)
    head = [f"{who}, {null}" for null in ways.NULLS for who in ("belong together", "random")]
    return literal_table(["set, way", *head], rows)


def pairs(table: pd.DataFrame) -> str:
    """Every pair that has its own rows, as measured and by the default, beside both nulls."""
    rows = []
    for name, of_set in named_sets(table):
        for subject in of_set["method"].unique():
            if subject not in (ALL_PAIRS, RANDOM_PAIRS):
                raw, own = level(of_set, ways.RAW, subject=subject), level(of_set, ways.DEFAULT, subject=subject)
                strict = level(of_set, ways.DEFAULT, ways.VALUES_SHUFFLED, subject)
                q = [told(of_set, ways.DEFAULT, null, Q, subject) for null in ways.NULLS]
                excesses = [f"{raw.excess:+.3g}", f"{own.score:.3g}", f"{own.excess:+.3g}", f"{strict.excess:+.3g}"]
                rows.append([f"{name}: {subject}", f"{raw.score:.3g}", *excesses, f"{q[0]:.2g} / {q[1]:.2g}"])
    nulls = [f"excess, {null}" for null in ways.NULLS]
    return literal_table(["set, pair", "as measured", "its excess", "default", *nulls, "q, both nulls"], rows)
