"""One file a figure; `EXPERIMENTS` lists them all by name, in the order they are run."""

from __future__ import annotations

from experiments.reproduction.figures import (
    both_noises,
    denoising,
    global_noise,
    growing,
    invented_clusters,
    learning,
    local_noise,
    many_views,
    sensitivity,
    torn_branches,
    view_order,
)
from experiments.study.cells import Experiment

EXPERIMENTS: dict[str, Experiment] = {
    module.EXPERIMENT.name: module.EXPERIMENT
    for module in (
        global_noise,
        local_noise,
        denoising,
        view_order,
        learning,
        invented_clusters,
        torn_branches,
        many_views,
        both_noises,
        growing,
        sensitivity,
    )
}
