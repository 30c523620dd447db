"""Every benchmark of the asv suite runs at its smallest size, so that none rots; every stage has time and memory."""

import importlib
import inspect
import json
import pkgutil
from pathlib import Path

import numpy as np
import pytest

from benchmarks import suite
from benchmarks.suite import made

CONFIGURATION = Path(suite.__file__).parents[1] / "asv.conf.json"
MODULES = [importlib.import_module(f"benchmarks.suite.{info.name}") for info in pkgutil.iter_modules(suite.__path__)]
STAGES = [
    value
    for module in MODULES
    for _, value in inspect.getmembers(module, inspect.isclass)
    if issubclass(value, made.Stage) and value is not made.Stage and value.__module__ == module.__name__
]
BENCHMARKS = [
    (stage, name) for stage in STAGES for name in sorted(vars(stage)) if name.startswith(("time_", "peakmem_"))
]


@pytest.mark.filterwarnings("default::integrated_diffusion.DisconnectedGraphWarning")
@pytest.mark.parametrize(("stage", "name"), BENCHMARKS, ids=lambda found: getattr(found, "__name__", found))
def test_a_benchmark_runs_and_gives_something(stage, name):
    running = stage()
    running.setup(stage.params[0])
    given = getattr(running, name)(stage.params[0])
    assert given is not None
    if isinstance(given, np.ndarray):
        assert len(given) == stage.params[0]
        assert np.isfinite(given).all()


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_has_time_and_memory_at_growing_sizes(stage):
    kinds = {name.split("_")[0] for of, name in BENCHMARKS if of is stage}
    assert kinds == {"time", "peakmem"}
    assert stage.params == sorted(stage.params)
    assert len(stage.params) >= 3


def test_the_kernel_is_the_published_one():
    assert made.IntegratedDiffusion.paper().kernel == made.KERNEL


def test_the_denoising_is_the_published_one():
    from benchmarks.suite.denoising import PUBLISHED

    assert made.IntegratedDiffusion.paper().local_denoising == PUBLISHED


def test_the_configuration_names_this_repository_and_no_host():
    text = CONFIGURATION.read_text(encoding="utf-8")
    assert "://" not in text
    configuration = json.loads(text)
    assert (CONFIGURATION.parent / configuration["benchmark_dir"]).resolve() == Path(suite.__file__).parent
    assert (CONFIGURATION.parent / configuration["repo"] / "pyproject.toml").exists()
    assert configuration["environment_type"] == "existing"
