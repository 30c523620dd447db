"""What is run, in which order: this package first, then the others, few samples before many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from experiments.performance.journal import Job
from experiments.performance.sets import SETS, SHEET, TREE
from experiments.performance.subjects import Method, Subject, module_names, rung, subject_of


def subjects() -> dict[str, Subject]:
    """Return every subject by its module."""
    return {name: subject_of(name) for name in module_names()}


def jobs(taking_part: Iterable[Subject], largest: int) -> list[Job]:
    """Return what there is to run, in order.

    Parameters
    ----------
    taking_part
        Methods and measurements. Methods are also run on the measured data.
    largest
        Largest number of samples.
    """
    found = [(subject, job) for subject in taking_part for job in _of(subject) if job.n_samples <= largest]
    return [job for _, job in sorted(found, key=_place)]


def _of(subject: Subject) -> list[Job]:
    simulated = [Job(subject.name, TREE.name, n) for n in subject.sizes]
    if not isinstance(subject, Method):
        return simulated + [Job(subject.name, SHEET.name, n) for n in subject.sheet_sizes]
    return simulated + [Job(subject.name, s.name, s.n_samples) for s in SETS.values() if s.n_samples is not None]


def _place(one: tuple[Subject, Job]) -> tuple[bool, int, bool]:
    subject, job = one
    return not subject.is_own, rung(job.n_samples), job.set != TREE.name


def modules(taking_part: Mapping[str, Subject]) -> dict[str, str]:
    """Return the module of every subject, by its name."""
    return {subject.name: module for module, subject in taking_part.items()}
