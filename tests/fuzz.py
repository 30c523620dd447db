"""Damages files at random and reads them, in a process of its own: `python fuzz.py FOLDER SEED FIRST STOP`.

For each damage one line is printed before it is read and one after, so that it is known which crashed or hung.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from damage import damage
from integrated_diffusion.io import counts_on_disk, normalised_on_disk, read, read_without_values
from integrated_diffusion.io.reading.annotation import read_genes
from integrated_diffusion.io.reading.labels import read_labels
from integrated_diffusion.io.reading.opening import open_mudata
from integrated_diffusion.io.reading.stored_operator import stored_operator
from integrated_diffusion.io.reading.tables import read_names
from integrated_diffusion.io.writing.assemble import as_mudata
from integrated_diffusion.report.content import gather
from integrated_diffusion.scverse.ingest import ingest


def _views(path: Path) -> None:
    found = read(path)
    if path.suffix in (".h5mu", ".h5ad"):
        read_labels(found, "kind")


def _whole(path: Path) -> None:
    as_mudata(read(path))


def _operator(path: Path) -> None:
    operator = stored_operator(open_mudata([path]))
    np.asarray(operator.operator @ np.ones((operator.operator.shape[1], 2)))


def _without_values(path: Path) -> None:
    found = read_without_values(path)
    assert found.results is not None
    assert found.results.integrated_operator is not None
    operator = found.results.integrated_operator.operator
    for view in found.places:
        values = normalised_on_disk(found, view)
        columns = np.arange(values.shape[1])
        np.asarray(operator @ np.asarray(values.take(columns[::2]).sum(axis=1))[:, None])
        counts_on_disk(found, view)[0].take(columns[:2])


def _report(path: Path) -> None:
    gather(open_mudata([path]))


def _reference(path: Path) -> None:
    ingest(open_mudata([path.with_name("query.h5mu")]), open_mudata([path]), obs=["kind"], predict=["rna"])


def _genes(path: Path) -> None:
    read_genes(path)


def _names(path: Path) -> None:
    read_names(path)


ROADS: dict[str, tuple[Callable[[Path], None], ...]] = {
    "joint.h5mu": (_views, _operator, _without_values, _without_values, _report, _reference, _reference),
    "cells.h5mu": (_views,),
    "rna.h5ad": (_views, _whole),
    "tenx.h5": (_views,),
    "views.npz": (_views,),
    "view.npy": (_views,),
    "table.csv": (_views, _names),
    "table.tsv": (_views,),
    "genes.gtf": (_genes,),
}
"""What reads each file of the corpus."""


def outcome(road: Callable[[Path], None], path: Path) -> str:
    """Return `read`, `refused`, or what was wrong with the error."""
    try:
        road(path)
    except (ValueError, TypeError, OSError) as error:  # the command line makes these one line
        text = str(error)
        return "refused" if "expected" in text and "found" in text else f"foreign words: {type(error).__name__} {text}"
    except Exception as error:
        return f"traceback: {type(error).__name__} {error}"
    return "read"


def main(corpus: Path, seed: int, first: int, stop: int) -> None:
    """Read damages by number, each made anew of its seed and number."""
    warnings.simplefilter("ignore")
    names = list(ROADS)
    for number in range(first, stop):
        rng = np.random.default_rng([seed, number])
        name = "joint.h5mu" if number % 2 else names[rng.integers(len(names))]
        road = ROADS[name][rng.integers(len(ROADS[name]))]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            shutil.copyfile(corpus / name, path)
            shutil.copyfile(corpus / "query.h5mu", Path(folder) / "query.h5mu")
            done = damage(path, rng)
            print(json.dumps([number, f"{road.__name__} of {name}, {done}"]), flush=True)
            print(json.dumps([number, outcome(road, path)]), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:5]))
