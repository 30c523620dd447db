"""How much each claim hangs on a choice: kernel, neighbours, local `t` and elbow rule, on the seeds of the search."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.methods import (
    ALTERNATING,
    DENOISED,
    DENOISING_ONLY,
    INTEGRATED,
    NOT_DENOISED,
    NOT_POWERED,
    POWERED,
    POWERING_ONLY,
    Diffused,
    Prepared,
)
from experiments.reproduction import drawing
from experiments.reproduction.figures import global_noise
from experiments.reproduction.figures.local_noise import EVERYWHERE, truth
from experiments.reproduction.settings import paper
from experiments.study import pictures
from experiments.study.cells import Cell, Experiment, Measured, Scale
from experiments.study.data import digits
from integrated_diffusion import (
    AlphaDecayKernel,
    EntropyFilter,
    EntropySteps,
    GaussianKernel,
    IntegratedDiffusion,
    LocalDenoising,
    PowerFilter,
    elbow_marginal_decrease,
    elbow_two_segment,
    fusion,
)
from integrated_diffusion.datasets import NoisyViews, tree
from integrated_diffusion.filters import Filter
from integrated_diffusion.integration.orders import given_order
from integrated_diffusion.integration.steps import StepRule
from integrated_diffusion.kernels import Kernel
from integrated_diffusion.metrics import knn_accuracy
from integrated_diffusion.operators import Operator, product

NAME = "sensitivity"
EQUAL, FAR, LOCAL = "equal noise", "far noise", "local noise"
FAR_NOISE = 3.2
LOCAL_NOISE = 0.2
PUBLISHED = "published"
EMBEDDING, ONCE = "embedding", ", J once"

KERNELS: dict[str, Callable[[int], Kernel]] = {
    "alpha-decay, local, mean": lambda k: AlphaDecayKernel(k),
    "alpha-decay, local, mutual": lambda k: AlphaDecayKernel(k, symmetrisation="mutual"),
    "alpha-decay, capped, mean": lambda k: AlphaDecayKernel(k, bandwidth="capped"),
    "Gaussian, one bandwidth": lambda k: GaussianKernel(k),
}
NEIGHBORS = (5, 10, 30)
LOCAL_T = ("1", "3", "8", "entropy")
NODES = {f"{c} clusters, {size}": (c, size) for c in (5, 10) for size in (100, 500, 1_000)}
"""Numbers of clusters and least sizes of a node in Algorithm 1."""
ELBOWS: dict[str, EntropySteps] = {
    "fall 1/3": EntropySteps(elbow=elbow_marginal_decrease),
    "fall 1/2": EntropySteps(elbow=partial(elbow_marginal_decrease, fraction=1 / 2)),
    "two lines, t to 50": EntropySteps(t_max=50, elbow=elbow_two_segment),
    "two lines, t to 100": EntropySteps(t_max=100, elbow=elbow_two_segment),
    "two lines, t to 200": EntropySteps(t_max=200, elbow=elbow_two_segment),
}
PUBLISHED_KERNEL, PUBLISHED_NEIGHBORS = "alpha-decay, local, mean", 5


@dataclass(frozen=True)
class Margin:
    """A claim as one number: by how much it holds, and how much it must.

    Parameters
    ----------
    title
        What is claimed.
    data
        Where it is claimed.
    score
        Which score it is about.
    for_, against
        Methods whose mean is to be above.
    asked
        The least margin.
    best
        Whether the best of `against` counts instead of their mean.
    """

    title: str
    data: str
    score: str
    for_: tuple[str, ...]
    against: tuple[str, ...]
    asked: float = 0.0
    best: bool = False

    def of(self, values: pd.Series) -> float:
        """Return the margin, from values by method."""
        baselines = values[[method for method in self.against if method in values.index]]
        return float(values[list(self.for_)].mean() - (baselines.max() if self.best else baselines.mean()))


OTHERS = (*NOT_POWERED, POWERING_ONLY)
SIMPLE = ("view1 alone", "view2 alone", "concatenation", "affinity addition", *OTHERS)
MARGINS = (
    Margin("equal noise: integrated against the best operator", EQUAL, EMBEDDING, (INTEGRATED,), SIMPLE, -0.02, True),
    Margin("global noise: powering helps", FAR, EMBEDDING, POWERED, NOT_POWERED),
    Margin("global noise: integrated above alternating", FAR, EMBEDDING, (INTEGRATED,), (ALTERNATING,), 0.03),
    Margin("local noise: local denoising helps", LOCAL, EMBEDDING, DENOISED, NOT_DENOISED),
    Margin("denoising: integrated against the best", FAR, "denoised", (INTEGRATED,), OTHERS, 0.0, True),
)


def cells(scale: Scale) -> list[Cell]:
    """Kernel against neighbours, local `t` against elbow (the elbows of a cell are found together)."""
    swept = [(name, k, PUBLISHED, PUBLISHED) for name in KERNELS for k in scale.levels(NEIGHBORS)]
    swept += [(PUBLISHED_KERNEL, PUBLISHED_NEIGHBORS, t, PUBLISHED) for t in scale.levels(LOCAL_T)]
    swept += [(PUBLISHED_KERNEL, PUBLISHED_NEIGHBORS, PUBLISHED, nodes) for nodes in scale.levels(tuple(NODES))]
    return [
        Cell(
            NAME,
            seed,
            scale.n_samples,
            (
                ("data", data),
                ("images", scale.images),
                ("kernel", name),
                ("neighbours", k),
                ("local t", t),
                ("nodes", nodes),
            ),
        )
        for name, k, t, nodes in swept
        for data in (EQUAL, FAR, LOCAL)
        for seed in scale.search_seeds
    ]


def measure(cell: Cell) -> list[Measured]:
    """Score the paper's method taken apart, under every elbow rule."""
    simulated = simulate(cell)
    prepared = Prepared(simulated.views, settings(cell), cell.seed)
    score = scorer(cell, simulated)
    rows = []
    for name, operator in simple(prepared, everything=cell["data"] == EQUAL):
        rows += [Measured(name, f"{what} | any", value) for what, value in score(Diffused(operator))]
    known: dict[tuple, list[tuple[str, float]]] = {}
    for elbow, rule in elbows(cell).items():
        for name, operators in ((POWERING_ONLY, prepared.operators), (INTEGRATED, prepared.denoised_operators)):
            steps = rule(operators, cell.seed).steps
            taken = (name, *steps.values())
            known[taken] = known.get(taken) or list(score(Diffused(given_order(operators, steps))))
            rows += [Measured(name, f"{what} | {elbow}", value) for what, value in known[taken]]
    return rows


def simple(prepared: Prepared, everything: bool) -> Iterator[tuple[str, Operator]]:
    """Yield the operators that do not depend on the elbow; single and added views only where they are compared."""
    yield ALTERNATING, product(*prepared.operators.values())
    yield DENOISING_ONLY, product(*prepared.denoised_operators.values())
    if everything:
        yield "concatenation", prepared.fuse(fusion.feature_concatenation)
        yield "affinity addition", prepared.fuse(fusion.affinity_addition)
        for name, operator in prepared.operators.items():
            yield f"{name} alone", operator


def scorer(cell: Cell, simulated: NoisyViews) -> Callable[[Diffused], Iterator[tuple[str, float]]]:
    """From an operator to its scores: the embedding's, and for digits far from equally noisy the denoised pixels'."""
    power = paper().power or "entropy"
    geodesics = truth(simulated) if cell["data"] == LOCAL else None

    def embedded(coordinates: np.ndarray) -> float:
        if geodesics is not None:
            return geodesics.demap(coordinates)
        return knn_accuracy(coordinates, simulated.labels)

    def score(fused: Diffused) -> Iterator[tuple[str, float]]:
        yield EMBEDDING, embedded(fused.coordinates(power))
        yield f"{EMBEDDING}{ONCE}", embedded(fused.coordinates(1))
        if cell["data"] == FAR:
            yield "denoised", knn_accuracy(fused.denoised("view2", simulated.views["view2"]), simulated.labels)

    return score


def simulate(cell: Cell) -> NoisyViews:
    """The data of a cell."""
    if cell["data"] == LOCAL:
        return tree(
            n_samples=cell.n_samples, noise=EVERYWHERE, local_noise=(LOCAL_NOISE, LOCAL_NOISE), random_state=cell.seed
        )
    noise = (global_noise.VIEW1, global_noise.VIEW1 if cell["data"] == EQUAL else FAR_NOISE)
    return digits(str(cell["images"]), noise, cell.n_samples, cell.seed)


def settings(cell: Cell) -> IntegratedDiffusion:
    """The published settings but for what the cell varies."""
    kernel = KERNELS[str(cell["kernel"])](int(cell.number("neighbours")))
    return paper(kernel=kernel, local_denoising=denoising(cell))


def denoising(cell: Cell) -> LocalDenoising:
    """Algorithm 1 with the cell's `t`, number of clusters and least size; the published ones but for what is varied."""
    published = paper().local_denoising or LocalDenoising()
    if cell["nodes"] != PUBLISHED:
        n_clusters, min_size = NODES[str(cell["nodes"])]
        return replace(published, n_clusters=n_clusters, min_size=min_size)
    return published if cell["local t"] == PUBLISHED else replace(published, filter=filter_of(str(cell["local t"])))


def filter_of(local_t: str) -> Filter:
    """Filter of each node: a fixed number of steps, or as many as its entropy asks for."""
    return EntropyFilter() if local_t == "entropy" else PowerFilter(int(local_t))


def elbows(cell: Cell) -> dict[str, StepRule]:
    """Elbow rules to try: all of them where the elbow is varied, the published one where the kernel is."""
    if cell["local t"] == PUBLISHED:
        return {PUBLISHED: paper().steps}
    return {name: replace(paper().steps, elbow=rule.elbow, t_max=rule.t_max) for name, rule in ELBOWS.items()}


def draw(table: pd.DataFrame, folder: Path) -> list[Path]:
    """A heat map for each claim: kernel against neighbours, and local `t` against elbow."""
    by_t = table[table["local t"] != PUBLISHED]
    by_nodes = table[table["nodes"] != PUBLISHED]
    by_nodes = by_nodes.assign(**by_nodes["nodes"].str.extract(r"(?P<clusters>\d+) clusters, (?P<size>\d+)"))
    by_nodes = by_nodes.rename(columns={"size": "least size"})
    by_kernel = table[(table["local t"] == PUBLISHED) & (table["nodes"] == PUBLISHED)]
    parts = (
        (by_kernel, "kernel", "neighbours", "kernel"),
        (by_t, "local t", "elbow", "elbow"),
        (by_nodes, "clusters", "least size", "nodes"),
    )
    written = []
    for power, name in (("", "powered"), (ONCE, "once")):
        for part, rows, columns, what in parts:
            figure = _heat_maps(margins(part, rows, columns, power), "J once" if power else "J powered by its entropy")
            written.append(pictures.save(figure, folder / f"sensitivity_{what}_{name}.png"))
    return written


def margins(table: pd.DataFrame, rows: str, columns: str, power: str = "") -> dict[Margin, pd.DataFrame]:
    """Mean margin of each claim over seeds, for two choices.

    Parameters
    ----------
    table
        The experiment's table, or a part of it.
    rows, columns
        Choices: columns of the table, or `elbow`.
    power
        `ONCE` for the scores of `J` itself.
    """
    split = table.assign(**table["score"].str.extract(r"(?P<what>.*) \| (?P<elbow>.*)"))
    return {margin: _of_claim(split, margin, rows, columns, power) for margin in MARGINS}


def _of_claim(table: pd.DataFrame, margin: Margin, rows: str, columns: str, power: str) -> pd.DataFrame:
    score = margin.score + (power if margin.score == EMBEDDING else "")
    scores = table[(table["data"] == margin.data) & (table["what"] == score)]
    any_elbow, of_elbow = scores[scores["elbow"] == "any"], scores[scores["elbow"] != "any"]
    means: dict[tuple, list[float]] = {}
    keys = [rows, columns] if columns != "elbow" else [rows]
    for key, group in of_elbow.groupby([rows, columns, "seed"], sort=False):
        same = any_elbow[any_elbow["seed"] == key[-1]]
        for name, value in zip(keys, key, strict=False):
            same = same[same[name] == value]
        values = pd.concat([group, same]).set_index("method")["value"]
        means.setdefault(key[:2], []).append(margin.of(values))
    averaged = pd.Series({key: sum(values) / len(values) for key, values in means.items()})
    order_rows, order_columns = (list(dict.fromkeys(averaged.index.get_level_values(i))) for i in (0, 1))
    found = averaged.unstack().reindex(index=order_rows, columns=order_columns)
    return found.rename_axis(index=rows, columns=columns)


def _heat_maps(found: dict[Margin, pd.DataFrame], title: str) -> Figure:
    figure = Figure(figsize=(15, 8), layout="constrained")
    axes = figure.subplots(2, 3).ravel()
    for axis, (margin, values) in zip(axes, found.items(), strict=False):
        heading = f"{margin.title}\nmargin, blue where it is at least {margin.asked:g}"
        drawing.heat_map(axis, values, heading, margin.asked)
    axes[-1].remove()
    figure.suptitle(title, fontsize=12)
    return figure


EXPERIMENT = Experiment(NAME, cells, measure, draw)
