"""`docs/performance.md`, written from the table alone."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers import picture, printed, tables
from benchmarks.peers.jobs import subjects
from benchmarks.peers.scores import ACCURACY, DEMAP
from benchmarks.peers.sets import N_SCORED, SHEET, TREE
from benchmarks.peers.subjects import N_FIRST, Rival
from benchmarks.peers.tables import Results
from benchmarks.peers.verdicts import verdicts

TEXT = Path(__file__).parent / "text"
"""What is said about each table; what was measured is read from the table, never written here."""
TABLE, PICTURE, PAGE = "performance/measured.csv", "images/performance/growth.png", "performance.md"


def write(folder: Path) -> Path:
    """Write the picture and the page beside their table, whole or not at all."""
    found = Results(tables.read(folder / TABLE))
    own = [rival.name for rival in rivals() if rival.is_own]
    picture.draw(found, [rival.name for rival in rivals()], own, folder / PICTURE)
    path = folder / PAGE
    temporary = path.with_suffix(".part")
    temporary.write_text(text(found), encoding="utf-8")
    temporary.replace(path)
    return path


def rivals() -> list[Rival]:
    """Return every rival, this package first."""
    found = [subject for subject in subjects().values() if isinstance(subject, Rival)]
    return sorted(found, key=lambda rival: (not rival.is_own, rival.needs_peers, rival.name.casefold()))


def text(found: Results) -> str:
    """Return the page."""
    all_rivals = rivals()
    parts = [_said("introduction").format(n_first=N_FIRST), printed.machine(found), _targets(found), _said("growth")]
    for measure, title, style in (
        ("seconds", "seconds", printed.duration),
        ("processor seconds", "processor seconds", printed.duration),
        ("gigabytes", "peak memory, GB", "{:.2f}".format),
    ):
        parts.append(printed.against_size(found, all_rivals, measure, title, style))
    parts.append(_said("accuracy").format(n_scored=N_SCORED))
    parts += [
        printed.against_size(found, all_rivals, measure, measure, "{:.3f}".format) for measure in (DEMAP, ACCURACY)
    ]
    parts += [_said("measured"), printed.sets(), printed.measured_sets(found, all_rivals)]
    parts.append(_said("stages"))
    for known in (TREE, SHEET):
        parts += [
            f"The {known.name}:",
            printed.by_stage(found, "seconds", printed.duration, known.name),
            printed.by_stage(found, "gigabytes", "{:.2f}".format, known.name),
        ]
    parts += [_said("product"), *(printed.products(found, known.name) for known in (TREE, SHEET))]
    parts += [_said("failures"), printed.failures(found), _said("called"), printed.called(found, all_rivals)]
    return "\n\n".join(parts) + "\n"


def _targets(found: Results) -> str:
    lines = [_said("targets"), "", "| target | outcome | measured |", "|---|---|---|"]
    lines += [f"| {verdict.target} | {verdict.outcome} | {verdict.said} |" for verdict in verdicts(found)]
    return "\n".join(lines)


def _said(name: str) -> str:
    return (TEXT / f"{name}.md").read_text(encoding="utf-8").strip()
