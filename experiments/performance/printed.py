"""The tables of the page, in Markdown, a line a method or a stage and a column a size."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from experiments.performance.measures import product, stages
from experiments.performance.process import DONE
from experiments.performance.scores import ACCURACY
from experiments.performance.sets import SETS, SHEET, TREE
from experiments.performance.subjects import LADDER, Method
from experiments.performance.tables import Results, growth_exponent
from experiments.performance.verdicts import GROWTH_FROM
from experiments.study.markdown import table as markdown


def against_size(
    found: Results, methods: Iterable[Method], measure: str, title: str, style: Callable[[float], str]
) -> str:
    """One measure of every method at every size of the simulated data.

    Parameters
    ----------
    found
        What was measured.
    methods
        Lines of the table.
    measure
        What is shown.
    title
        What to call it.
    style
        How a number is written.
    """
    rows = [[method.name, *(_cell(found, method.name, measure, n, style) for n in LADDER)] for method in methods]
    return markdown([title, *(f"{n:,}" for n in LADDER)], rows)


def measured_sets(found: Results, methods: Iterable[Method]) -> str:
    """Accuracy and seconds of every method on measured data."""
    sets = [known for known in SETS.values() if known.n_samples is not None]
    rows = []
    for method in methods:
        row = [method.name]
        for known in sets:
            n = known.n_samples or 0
            accuracy, seconds = (found.value(method.name, what, n, known.name) for what in (ACCURACY, "seconds"))
            outcome = found.outcome(method.name, n, known.name)
            row.append(f"{accuracy:.3f}, {duration(seconds)} s" if outcome[0] == DONE else outcome[1] and outcome[0])
        rows.append(row)
    return markdown(["accuracy, time", *(f"{known.name}, {known.n_samples:,}" for known in sets)], rows)


def by_stage(found: Results, what: str, style: Callable[[float], str], set_name: str = TREE.name) -> str:
    """Seconds or gigabytes of every stage at every size, with the exponent of growth for seconds.

    Parameters
    ----------
    found
        What was measured.
    what
        `seconds` or `gigabytes`.
    style
        How a number is written.
    set_name
        The simulated data.
    """
    sizes = stages.SHEET_SIZES if set_name == SHEET.name else stages.SIZES
    name = stages.SUBJECT.name
    head = [what, *(f"{n:,}" for n in sizes)] + (["exponent"] if what == "seconds" else [])
    rows = []
    for stage in (*stages.STAGES, "fit", stages.PHATE):
        row = [stage, *(_cell(found, name, f"{stage}: {what}", n, style, set_name) for n in sizes)]
        if what == "seconds":
            n_samples, seconds = found.curve(name, f"{stage}: seconds", set_name)
            exponent = growth_exponent(n_samples[n_samples >= GROWTH_FROM], seconds[n_samples >= GROWTH_FROM])
            row.append("" if np.isnan(exponent) else f"{exponent:.2f}")
        rows.append(row)
    return markdown(head, rows)


def machine(found: Results) -> str:
    """Say what all of it ran on."""
    cores, memory, bandwidth = (
        found.value(product.SUBJECT.name, what, product.SUBJECT.sizes[0])
        for what in ("cores", "memory: GB", "bandwidth: GB/s")
    )
    if np.isnan(cores):
        return "The machine has not been looked at yet."
    return f"The machine: {cores:.0f} cores, {memory:.0f} GB of memory, which moves {bandwidth:.0f} GB/s."


def products(found: Results, set_name: str = TREE.name) -> str:
    """The product of an operator and blocks of columns."""
    name, n = product.SUBJECT.name, product.SUBJECT.sizes[0]
    rows = []
    for what in (f"{width} columns{steps}" for steps in ("", f" of {product.STEPS} steps") for width in product.WIDTHS):
        seconds, share, fetched = (
            found.value(name, f"{what}: {each}", n, set_name) for each in ("seconds", "share", "share fetched")
        )
        if not np.isnan(seconds):
            rows.append([what, f"{1000 * seconds:.0f} ms", f"{share:.0%}", f"{fetched:.0%}"])
    if not rows:
        return f"The {set_name}: not run."
    bandwidth, entries = (found.value(name, what, n, set_name) for what in ("bandwidth: GB/s", "entries a row"))
    told = f"The {set_name}, {n:,} samples, {entries:.0f} entries a row; the triad reaches {bandwidth:.1f} GB/s."
    return told + "\n\n" + markdown(["`P @ X`", "time of a step", "at least moved", "if nothing were cached"], rows)


def failures(found: Results) -> str:
    """List the methods that failed, where, and with which message."""
    lines = [
        f"- **{row.subject}**, {row.set}, {row.n_samples:,} samples: {row.outcome}: {_plain(str(row.said))}"
        for row in found.failures().itertuples()
    ]
    return "\n".join(lines) or "- none so far"


def called(found: Results, methods: Iterable[Method]) -> str:
    """List how every method is called, and in which version."""
    return "\n".join(
        f"- **{method.name}** ({method.package} {found.version(method.name) or 'has not run'}): {method.about}"
        for method in methods
    )


def sets() -> str:
    """List the data sets."""
    return "\n".join(f"- **{known.name}**: {known.about}" for known in SETS.values())


def duration(seconds: float) -> str:
    """Seconds with as many digits as mean anything."""
    return f"{seconds:.2f}" if seconds < 1 else f"{seconds:.1f}" if seconds < 10 else f"{seconds:,.0f}"


def _cell(
    found: Results,
    subject: str,
    measure: str,
    n_samples: int,
    style: Callable[[float], str],
    set_name: str = TREE.name,
) -> str:
    """One number, or how the run ended instead; nothing where it was not tried."""
    value = found.value(subject, measure, n_samples, set_name)
    if not np.isnan(value):
        return style(value)
    outcome, _ = found.outcome(subject, n_samples, set_name)
    return "" if outcome == DONE else outcome


def _plain(said: str) -> str:
    """A message as code, which nothing in it can break out of."""
    return "`" + said.replace("`", "'") + "`"
