"""Beyond the paper: the same digits, more and more of them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from experiments.methods import PAPER_STEPS, Prepared
from experiments.reproduction import drawing
from experiments.reproduction.figures import global_noise
from experiments.reproduction.scoring import scored
from experiments.reproduction.settings import QUICK, paper
from experiments.study import pictures
from experiments.study.cells import Cell, Experiment, Measured, Scale
from integrated_diffusion.metrics import knn_accuracy

NAME = "growing"
SIZES = (500, 1_000, 2_000, 4_000)
QUICK_SIZES = (200, 300)
NOISE = 1.6
COMPARED = ("concatenation", *PAPER_STEPS)


def cells(scale: Scale) -> list[Cell]:
    """One cell for each number of samples and seed."""
    quick = scale == QUICK
    condition = (("images", scale.images), ("noise", NOISE))
    return [Cell(NAME, seed, size, condition) for size in (QUICK_SIZES if quick else SIZES) for seed in scale.seeds]


def measure(cell: Cell) -> list[Measured]:
    """Accuracy of five nearest neighbours on the coordinates of the operators."""
    simulated = global_noise.data(cell)
    prepared = Prepared(simulated.views, paper(), cell.seed)
    return scored(prepared, lambda E: knn_accuracy(E, simulated.labels), "accuracy", COMPARED)


def draw(table: pd.DataFrame, folder: Path) -> list[Path]:
    """Accuracy against the number of samples."""
    figure = Figure(figsize=(8, 5), layout="constrained")
    of_score = table[table["score"] == "accuracy"]
    methods = [*COMPARED, "view1 alone", "view2 alone"]
    drawing.curves(figure.subplots(), of_score, "n_samples", methods, f"pixel noise 0.4 and {NOISE:g}", "accuracy")
    return [pictures.save(figure, folder / "growing.png")]


EXPERIMENT = Experiment(NAME, cells, measure, draw)
