"""`docs/performance.md`, written from the table alone."""

from __future__ import annotations

from pathlib import Path

from experiments.performance import picture, printed
from experiments.performance.jobs import subjects
from experiments.performance.scores import ACCURACY, DEMAP
from experiments.performance.sets import N_SCORED, SHEET, TREE
from experiments.performance.subjects import N_FIRST, Method
from experiments.performance.tables import Results, read
from experiments.performance.verdicts import WORDS, verdicts
from experiments.study.markdown import table as markdown
from experiments.study.pages import Place, Texts, joined

said = Texts(Path(__file__).parent / "text")
TABLE, PICTURE = "measured", "growth.png"


def place(folder: Path) -> Place:
    """Return where the page, its table and its picture go."""
    return Place(folder, "performance")


def write(folder: Path) -> Path:
    """Write the picture and the page beside their table, whole or not at all."""
    at = place(folder)
    found = Results(read(at.table(TABLE)))
    own = [method.name for method in methods() if method.is_own]
    picture.draw(found, [method.name for method in methods()], own, at.pictures / PICTURE)
    return at.write(text(found))


def methods() -> list[Method]:
    """Return every method, this package first."""
    found = [subject for subject in subjects().values() if isinstance(subject, Method)]
    return sorted(found, key=lambda method: (not method.is_own, method.needs_peers, method.name.casefold()))


def text(found: Results) -> str:
    """Return the page."""
    all_methods = methods()
    parts = [said("introduction", n_first=N_FIRST), printed.machine(found), _targets(found), said("growth")]
    for measure, title, style in (
        ("seconds", "seconds", printed.duration),
        ("processor seconds", "processor seconds", printed.duration),
        ("gigabytes", "peak memory, GB", "{:.2f}".format),
    ):
        parts.append(printed.against_size(found, all_methods, measure, title, style))
    parts.append(said("accuracy", n_scored=N_SCORED))
    parts += [
        printed.against_size(found, all_methods, measure, measure, "{:.3f}".format) for measure in (DEMAP, ACCURACY)
    ]
    parts += [said("measured"), printed.sets(), printed.measured_sets(found, all_methods)]
    parts.append(said("stages"))
    for known in (TREE, SHEET):
        parts += [
            f"The {known.name}:",
            printed.by_stage(found, "seconds", printed.duration, known.name),
            printed.by_stage(found, "gigabytes", "{:.2f}".format, known.name),
        ]
    parts += [said("product"), *(printed.products(found, known.name) for known in (TREE, SHEET))]
    parts += [said("failures"), printed.failures(found), said("called"), printed.called(found, all_methods)]
    return joined(parts)


def _targets(found: Results) -> str:
    outcomes = [(verdict, " ".join(check.what for check in verdict.checks)) for verdict in verdicts(found)]
    rows = [[verdict.claim, verdict.outcome(WORDS), measured] for verdict, measured in outcomes]
    return joined([said("targets"), markdown(["target", "outcome", "measured"], rows, numbers=False)]).rstrip()
