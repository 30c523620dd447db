"""What is run in a process of its own: a method, which makes coordinates, or a measurement of this package.

Files of methods are read in two environments, that of this package and that of the peers: so this one needs numpy only,
and what a method needs is imported where it embeds.
"""

from __future__ import annotations

import importlib
import pkgutil
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

Views = Mapping[str, np.ndarray]
"""Views by name, `(n_samples, n_features)`, float32."""
Numbers = dict[str, float]

N_FIRST = 600
"""Samples of a first call, which loads and compiles what later calls find ready."""
LADDER = (1_000, 4_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
"""Sizes of the simulated data, until a method gives up. At 4,000 and 100,000 the package has targets."""


@dataclass(frozen=True)
class Method:
    """A way to make coordinates of several views.

    Parameters
    ----------
    name
        What tables and pictures call it.
    package
        Distribution whose version is noted.
    about
        One sentence: what is called, and with which settings.
    embed
        From views to coordinates `(n_samples, n_coordinates)`.
    is_own
        Whether it is this package, which is measured first.
    needs_peers
        Whether it runs in the environment of the peers, not in that of this package.
    warm
        Whether a first call on a few samples is made before the clock starts. It makes no sense where every call
        compiles anew.
    sizes
        Sizes of the simulated data.
    """

    name: str
    package: str
    about: str
    embed: Callable[[Views], np.ndarray]
    is_own: bool = False
    needs_peers: bool = True
    warm: bool = True
    sizes: Sequence[int] = LADDER

    def examine(self, views: Views) -> tuple[Numbers, np.ndarray]:
        """Return seconds by the wall and of processors, with the coordinates."""
        if self.warm:
            self.embed(few(views))
        coordinates, numbers = timed(lambda: self.embed(views))
        return numbers, np.asarray(coordinates)

    @property
    def version(self) -> str:
        """Version of the package, as it is installed in this environment."""
        return version(self.package)


@dataclass(frozen=True)
class Measurement:
    """Something that is measured about this package alone.

    Parameters
    ----------
    name
        What tables call it.
    sizes
        Sizes of the simulated tree.
    measure
        From views to numbers by name.
    sheet_sizes
        Sizes of the simulated sheet.
    """

    name: str
    sizes: Sequence[int]
    measure: Callable[[Views], Numbers]
    sheet_sizes: Sequence[int] = ()

    is_own, needs_peers, package = True, False, "integrated-diffusion"

    def examine(self, views: Views) -> tuple[Numbers, None]:
        """Return what was measured."""
        return self.measure(views), None

    @property
    def version(self) -> str:
        """Version of this package."""
        return version(self.package)


Subject = Method | Measurement


def rung(n_samples: int) -> int:
    """Return the smallest size of the ladder that is not below a number of samples."""
    return next((size for size in LADDER if size >= n_samples), n_samples)


def few(views: Views, n_samples: int = N_FIRST) -> dict[str, np.ndarray]:
    """Return the same few samples of every view, drawn at random: simulated samples come branch by branch."""
    n_all = len(next(iter(views.values())))
    chosen = np.random.default_rng(0).permutation(n_all)[:n_samples]
    return {name: X[chosen] for name, X in views.items()}


def timed(work: Callable[[], np.ndarray]) -> tuple[np.ndarray, Numbers]:
    """Return what the work gives, its seconds by the wall, and those of processors, in child processes too."""
    start, busy = time.perf_counter(), _processors()
    result = work()
    return result, {"seconds": time.perf_counter() - start, "processor seconds": _processors() - busy}


def _processors() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def module_names() -> list[str]:
    """Return the modules of all subjects: a file in `methods/` or `measures/` is one more."""
    found = []
    for folder in ("methods", "measures"):
        package = importlib.import_module(f"experiments.performance.{folder}")
        found += [f"{package.__name__}.{info.name}" for info in pkgutil.iter_modules(package.__path__)]
    return found


def subject_of(module_name: str) -> Subject:
    """Return what a module has to offer, its `SUBJECT`."""
    subject = importlib.import_module(module_name).SUBJECT
    if not isinstance(subject, Method | Measurement):
        raise TypeError(f"{module_name}.SUBJECT: expected a Method or a Measurement, found {subject!r}; make it one")
    return subject
