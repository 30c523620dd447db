"""The tables of the page, in Markdown."""

from __future__ import annotations

from math import isnan

import pandas as pd

from experiments.single_cell import compared, entropies
from experiments.single_cell.information import ALL_PAIRS, N_FOUND, N_PAIRS, RANDOM_PAIRS, Q
from experiments.single_cell.reading import level, named_sets, separation_of, told
from experiments.single_cell.separation import SCORES
from experiments.study.markdown import literal, literal_table
from experiments.study.markdown import table as markdown


def chosen(table: pd.DataFrame) -> str:
    """What each fit chose: elbows, diffusion times, repeats, and each modality's contribution to the default."""
    rows = []
    for name, of_set in named_sets(table):
        for fit, of_fit in of_set.groupby("fit", sort=False):
            value = of_fit.set_index(["method", "score"])["value"]
            views = [view for view in of_fit["method"].unique() if view != entropies.ALL_VIEWS]
            told_of = {
                what: ", ".join(f"{view} {int(value[view, what])}" for view in views)
                for what in (entropies.ELBOW, entropies.STEPS)
            }
            contributions = ", ".join(
                f"{view} {value[view, entropies.CONTRIBUTION]:+.1%} ± {value[view, entropies.CONTRIBUTION_STDERR]:.1%}"
                for view in views
                if (view, entropies.CONTRIBUTION) in value.index
            )
            repeats = f"{int(value[entropies.ALL_VIEWS, entropies.REPEATS])}"
            rows.append([f"{name}, {fit}", told_of[entropies.ELBOW], told_of[entropies.STEPS], repeats, contributions])
    return literal_table(["data set, fit", "elbows", "diffusion times", "repeats", "reduces held-out error by"], rows)


def scores(table: pd.DataFrame) -> str:
    """Separation of the cell types, a line per set and method, the best of each column of a set in bold."""
    rows = []
    for name, of_set in named_sets(table):
        named = list(of_set["way"].unique())
        values = {way: [separation_of(of_set, way, score) for score in SCORES] for way in named}
        known = [way for way in named if not all(map(isnan, values[way]))]
        best = [
            max((values[way][i] for way in known if not isnan(values[way][i])), default=0) for i in range(len(SCORES))
        ]
        for way in known:
            numbers = [_number(value, value == top) for value, top in zip(values[way], best, strict=True)]
            rows.append([literal(f"{name}, {way}"), *numbers])
    return markdown(["data set, method", *map(literal, SCORES)], rows)


def _number(value: float, is_best: bool) -> str:
    if isnan(value):
        return ""
    return f"**{value:.3f}**" if is_best else f"{value:.3f}"


def means(table: pd.DataFrame) -> str:
    """Mean mutual information of all pairs beside both nulls, a line a set and method."""
    rows = []
    for name, of_set in named_sets(table):
        for way in compared.ALL_SMOOTHINGS:
            at = [level(of_set, way, null) for null in compared.NULLS]
            n_pairs = int(told(of_set, way, compared.MODALITY_PERMUTED, N_PAIRS))
            row = [f"{name}, {way}", f"{at[0].score:.3g}"]
            for found, null in zip(at, compared.NULLS, strict=True):
                n_found = int(told(of_set, way, null, N_FOUND))
                row += [f"{found.null:.3g} ± {found.sd:.1g}", f"{found.excess:+.3g}", f"{n_found:,} of {n_pairs:,}"]
            rows.append(row)
    head = [f"{what}, {null}" for null in compared.NULLS for what in ("null", "excess", "found")]
    return literal_table(["data set, method", "mean, nats", *head], rows)


def against_random(table: pd.DataFrame) -> str:
    """Related pairs beside random control pairs: the excess over each null, and how many are found."""
    rows = []
    for name, of_set in named_sets(table):
        for way in compared.ALL_SMOOTHINGS:
            row = [f"{name}, {way}"]
            for null in compared.NULLS:
                for subject in (ALL_PAIRS, RANDOM_PAIRS):
                    n_found, n_pairs = (told(of_set, way, null, what, subject) for what in (N_FOUND, N_PAIRS))
                    row.append(f"{level(of_set, way, null, subject).excess:+.3g} ({n_found / n_pairs:.0%})")
            rows.append(row)
    head = [f"{who}, {null}" for null in compared.NULLS for who in ("related", "random control")]
    return literal_table(["data set, method", *head], rows)


def pairs(table: pd.DataFrame) -> str:
    """Every pair that has its own rows, as measured and by the default, beside both nulls."""
    rows = []
    for name, of_set in named_sets(table):
        for subject in of_set["method"].unique():
            if subject not in (ALL_PAIRS, RANDOM_PAIRS):
                raw, own = (
                    level(of_set, compared.RAW, subject=subject),
                    level(of_set, compared.DEFAULT, subject=subject),
                )
                strict = level(of_set, compared.DEFAULT, compared.VALUES_PERMUTED, subject)
                q = [told(of_set, compared.DEFAULT, null, Q, subject) for null in compared.NULLS]
                excesses = [f"{raw.excess:+.3g}", f"{own.score:.3g}", f"{own.excess:+.3g}", f"{strict.excess:+.3g}"]
                rows.append([f"{name}: {subject}", f"{raw.score:.3g}", *excesses, f"{q[0]:.2g} / {q[1]:.2g}"])
    nulls = [f"excess, {null}" for null in compared.NULLS]
    return literal_table(["data set, pair", "as measured", "its excess", "default", *nulls, "q, both nulls"], rows)
