"""The tables of the page, in Markdown: a line a set, a column a method, mean and standard error over seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import pandas as pd

from experiments.evaluation import compared, pairs
from experiments.evaluation.compared import DEFAULT, MOST_STEPS
from experiments.evaluation.reading import best_alone, best_steps, known_sets, mean, of_method, views_of
from experiments.evaluation.scores import DENOISING, PREDICTION, RAW
from experiments.evaluation.sets import SETS
from experiments.evaluation.steps import GIVEN, ORDERS, RANDOM, REVERSED, counted
from experiments.study.markdown import table as markdown

Tables = Mapping[str, pd.DataFrame]
"""Tables by the name of their experiment."""
Column = Callable[[str], pd.Series]
"""From a set to numbers, one a seed."""

BEST_ALONE = "best single view"
COMPARED = (
    DEFAULT,
    compared.PUBLISHED,
    compared.ALTERNATING,
    compared.CONCATENATION,
    compared.ADDITION,
    compared.EQUAL,
    compared.COMPONENTS,
    compared.SNF,
    compared.WNN,
    compared.MOFA,
    compared.ENTROPY,
)
MOST_BEHIND = 0.01
"""How far the default may be behind another method on a set."""
NO_OPERATOR = (compared.COMPONENTS, compared.MOFA)
"""Methods that give coordinates alone."""
ONCE = (compared.SNF, compared.WNN)
"""Methods that are not built again from half of the features, which would take more time than all the rest."""
BASELINES = tuple(way for way in COMPARED if way != DEFAULT)
IN_ORDERS = (DEFAULT, compared.NO_WEIGHTS, compared.GIVEN, compared.REVERSED, compared.BOTH)


def by_set(names: Iterable[str], columns: Mapping[str, Column], title: str) -> str:
    """Return a table of means, a line a set; the number of seeds is that of the first column."""
    rows = []
    for name in names:
        found = [column(name) for column in columns.values()]
        rows.append([name, str(len(found[0])), *(str(mean(values)) if len(values) else "" for values in found)])
    return markdown([title, "seeds", *columns], rows)


def true_scores(found: Tables) -> str:
    """Accuracy or DEMaP of the default, its baselines and the best single view."""
    scores = found["scores"]
    return by_set(known_sets(scores), _of_methods(scores, COMPARED, None), "accuracy; DEMaP for trees")


def means(found: Tables) -> str:
    """Mean score of each method over the sets, and of what the default is above it, set by set."""
    scores = found["scores"]
    own = by_name(scores, DEFAULT)
    columns = {BEST_ALONE: best_single(scores)} | {way: by_name(scores, way) for way in BASELINES}
    rows = [[DEFAULT, str(len(own)), f"{own.mean():.3f}", "", "", ""]]
    for way, values in columns.items():
        gaps = (own - values).dropna()
        if gaps.empty:
            continue
        rows.append(
            [
                way,
                str(len(gaps)),
                f"{values[gaps.index].mean():.3f}",
                mean(gaps).signed,
                f"{gaps.min():+.3f}, {gaps.idxmin()}",
                str(int((gaps < -0.01).sum())),
            ]
        )
    head = ["method", "sets", "mean", "default − method", "worst set of the default", "default lower by over 0.01"]
    return markdown(head, rows)


def trade_offs(found: Tables) -> str:
    """Who is more than 0.01 ahead of the default on a set, and what that method costs on the other sets."""
    scores = found["scores"]
    own = by_name(scores, DEFAULT)
    columns = {BEST_ALONE: best_single(scores)} | {way: by_name(scores, way) for way in BASELINES}
    rows = []
    for name in known_sets(scores):
        for way, values in columns.items():
            gaps = (values - own).dropna()
            if gaps.get(name, 0) <= MOST_BEHIND:
                continue
            others = gaps.drop(name)
            worst = f"{others.min():+.3f}, {others.idxmin()}"
            lost = f"{int((others < -MOST_BEHIND).sum())} of {len(others)}"
            rows.append([f"{name}: {way}", f"{gaps[name]:+.3f}", f"{others.mean():+.3f}", worst, lost])
    head = ["method − default", "on this set", "mean of the others", "worst of the others", "lower by over 0.01"]
    return markdown(head, rows) if rows else "None on any set."


def by_name(scores: pd.DataFrame, way: str) -> pd.Series:
    """Return a method's true score, mean over seeds, by set."""
    return pd.Series({name: of_method(scores, name, way).mean() for name in known_sets(scores)}).dropna()


def best_single(scores: pd.DataFrame) -> pd.Series:
    """Return the best single view's true score, mean over seeds, by set."""
    return pd.Series({name: best_alone(scores, name).mean() for name in known_sets(scores)})


def ahead(found: Tables, score: str | None = None) -> str:
    """List who is ahead of the default by more than the standard error of the difference, set by set.

    Parameters
    ----------
    found
        The tables.
    score
        An error, of which less is better; the true score unless given.
    """
    scores, sign = found["scores"], 1 if score is None else -1
    columns = _of_methods(scores, COMPARED, score)
    own = columns.pop(DEFAULT)
    lines = []
    for name in known_sets(scores, score):
        gaps = {way: mean((column(name) - own(name)).dropna()) for way, column in columns.items()}
        better = [f"{way} by {gap.signed}" for way, gap in gaps.items() if sign * gap.mean > max(gap.stderr, 0)]
        lines += [f"- {name}: {', '.join(better)}"] if better else []
    return "\n".join(lines) or "- none on any set"


def denoising_errors(found: Tables) -> str:
    """How far the denoised views are from the clean ones."""
    scores = found["scores"]
    operators = [way for way in COMPARED if way not in NO_OPERATOR]
    columns = _of_methods(scores, operators, DENOISING) | {RAW: lambda name: of_method(scores, name, RAW, DENOISING)}
    return by_set(known_sets(scores, DENOISING), columns, DENOISING)


def prediction_errors(found: Tables) -> str:
    """How wrong each operator is about what it has not seen."""
    scores = found["scores"]
    operators = [way for way in COMPARED if way not in (*NO_OPERATOR, *ONCE)]
    return by_set(known_sets(scores, PREDICTION), _of_methods(scores, operators, PREDICTION), PREDICTION)


def _of_methods(scores: pd.DataFrame, names: Sequence[str], score: str | None) -> dict[str, Column]:
    there = set(scores["method"])
    columns: dict[str, Column] = {
        way: partial(of_method, scores, way=way, score=score) for way in names if way in there
    }
    first = {DEFAULT: columns.pop(DEFAULT)} if DEFAULT in columns else {}
    return first | {BEST_ALONE: lambda name: best_alone(scores, name, score)} | columns


def orders(found: Tables) -> str:
    """The best steps in each order, and how far the given and the reversed order are apart at the same steps."""
    steps = found["steps"]
    columns: dict[str, Column] = {
        "best steps, given": lambda name: best_steps(steps, name, (GIVEN,)),
        "best steps, reversed": lambda name: best_steps(steps, name, (REVERSED,)),
        "given and reversed differ by": lambda name: apart(steps, name),
        "best steps, random": lambda name: best_steps(steps, name, (RANDOM,)),
        "best of all": lambda name: best_steps(steps, name, ORDERS),
    }
    return by_set(known_sets(found["scores"]), columns, "accuracy; DEMaP for trees")


def apart(steps: pd.DataFrame, name: str) -> pd.Series:
    """Return by how much scores of the two orders differ at the same steps in more than one view, mean, by seed."""
    of_set = steps[(steps["set"] == name) & steps["method"].isin((GIVEN, REVERSED))]
    values = of_set.pivot_table(index=["seed", "score"], columns="method", values="value").dropna()
    joint = [sum(t > 0 for t in counted(str(told))) > 1 for told in values.index.get_level_values("score")]
    return (values[GIVEN] - values[REVERSED]).abs()[joint].groupby("seed").mean()


def defaults_in_orders(found: Tables) -> str:
    """The rule itself in each order."""
    scores = found["scores"]
    columns = _of_methods(scores, IN_ORDERS, None)
    del columns[BEST_ALONE]
    named = {way.replace(DEFAULT, f"{DEFAULT} (random)") if way == DEFAULT else way: c for way, c in columns.items()}
    return by_set(known_sets(scores), named, "accuracy; DEMaP for trees")


def chosen(found: Tables) -> str:
    """What the default chose, and what it said of every view."""
    scores = found["scores"]
    own = scores[scores["method"] == DEFAULT]
    rows = []
    for name in (name for name in SETS if name in set(own["set"])):
        values = own[own["set"] == name].pivot_table(index="seed", columns="score", values="value")
        told = "; ".join(
            f"{view} {int((values[f'steps of {view}'] > 0).sum())} ({values[f'contribution of {view}'].mean():+.1%})"
            for view in views_of(scores, name)
        )
        weighted = str(int((values["weight exponent"] > 0).sum()))
        rows.append([name, str(len(values)), told, f"{values['repeats'].mean():.1f}", weighted])
    return markdown(["set", "seeds", "steps in (reduces held-out error by)", "repeats", "view weights"], rows)


def weights(found: Tables) -> str:
    """How well per-sample view weights find the noisy samples."""
    table = found["view_weights"]
    rows = [
        [str(name), str(len(values)), str(mean(values))] for name, values in table.groupby("set", sort=False)["value"]
    ]
    return markdown(["set", "seeds", "told apart"], rows)


def gene_protein_pairs(found: Tables, name: str) -> str:
    """Agreement of each pair of one set after the operators that are compared."""
    table = found["pairs"][found["pairs"]["set"] == name]
    means = table.groupby(["method", "score"], sort=False)["value"].mean().unstack("score")
    columns = [*(c for c in table["score"].unique() if c != pairs.MEAN), pairs.MEAN]
    methods = [*(m for m in table["method"].unique() if m != DEFAULT), DEFAULT]
    kept = [method for method in methods if not method.endswith(" steps") or method.endswith(f"{MOST_STEPS} steps")]
    rows = [[method, *(f"{means.loc[method, column]:.3f}" for column in columns)] for method in kept]
    return markdown([name, *columns], rows)
