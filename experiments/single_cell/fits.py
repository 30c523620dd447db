"""Each set fitted once, by the default and as published, and kept: everything else on the page starts from these."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.single_cell.sets import CellSet, Counts, counts
from experiments.study.cells import Cell
from experiments.study.data import dense
from experiments.study.files import whole
from integrated_diffusion import IntegratedDiffusion, IntegratedOperator
from integrated_diffusion.association import Pairs
from integrated_diffusion.model import workflow
from integrated_diffusion.runtime.threads import one_blas_thread
from integrated_diffusion.spectrum.entropy import EntropyCurve
from integrated_diffusion.views.prepared import PreparedView
from integrated_diffusion.views.recipes import prepare

N_RANDOM = 2_000
"""Number of random pairs, or all there are."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """What is kept of a fitted model.

    Parameters
    ----------
    joint
        The integrated operator and what it is made of.
    coordinates
        `(n_samples, 20)`.
    curves
        Spectral entropy of each view's operator.
    contributions
        By how much each view reduces the held-out error, share and standard error; nothing unless it was asked.
    """

    joint: IntegratedOperator
    coordinates: np.ndarray
    curves: Mapping[str, EntropyCurve]
    contributions: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, model: IntegratedDiffusion) -> Fitted:
        """Take over what is kept."""
        selection = model.selection_
        found = {} if selection is None else selection.view_contributions
        contributions = {name: (contribution.gain, contribution.stderr) for name, contribution in found.items()}
        return cls(model.integration_.operator, model.embedding_, model.entropy_, contributions)


@dataclass(frozen=True, eq=False)
class FittedSet:
    """One set with its prepared views and both fits.

    Parameters
    ----------
    of
        The set.
    counts
        What was read.
    prepared
        The views after their recipes.
    default, published
        The two fits.
    """

    of: CellSet
    counts: Counts
    prepared: Mapping[str, PreparedView]
    default: Fitted
    published: Fitted

    @cached_property
    def pairs(self) -> Pairs:
        """Features that belong together."""
        return self.of.related(self.counts.measured)

    @cached_property
    def random_pairs(self) -> Pairs:
        """Features of the same pairs, put together at random: any that do not belong together, a sample of many."""
        first, second = (np.unique(columns) for columns in (self.pairs.first, self.pairs.second))
        n_all = len(first) * len(second)
        drawn = np.random.default_rng(0).choice(n_all, min(n_all, 2 * N_RANDOM), replace=False)
        of_first, of_second = first[drawn // len(second)], second[drawn % len(second)]
        related = set(zip(self.pairs.first.tolist(), self.pairs.second.tolist(), strict=True))
        is_new = [pair not in related for pair in zip(of_first.tolist(), of_second.tolist(), strict=True)]
        kept = np.flatnonzero(is_new)[:N_RANDOM]
        genes, others = (self.counts.measured.feature_names[view] for view in self.of.views)
        return Pairs.of(genes, others, of_first[kept], of_second[kept])

    @cached_property
    def shown(self) -> list[int]:
        """Which pairs are drawn: for each gene the one whose partner most cells have."""
        second = self.counts.measured.views[self.of.views[1]]
        seen = np.asarray((second != 0).sum(axis=0)).ravel()
        places = []
        for gene in self.of.shown:
            of_gene = np.flatnonzero(self.pairs.first_names == gene)
            if len(of_gene):
                places.append(int(of_gene[np.argmax(seen[self.pairs.second[of_gene]])]))
        return places

    def values(self, place: int) -> np.ndarray:
        """Normalised values of the first or of the second view, `(n_samples, n_features)`, never made dense."""
        return self.prepared[self.of.views[place]].values

    def column(self, place: int, feature: int) -> np.ndarray:
        """Normalised values of one feature of the first or of the second view, `(n_samples,)`, not sparse."""
        return dense(self.values(place)[:, [feature]]).ravel()


@dataclass(eq=False)
class Kept:
    """Sets with their fits and layouts, made when they are first asked for and kept on disk.

    Parameters
    ----------
    sets
        Every set.
    data
        The data folder.
    folder
        Where fits and layouts are kept.
    """

    sets: tuple[CellSet, ...]
    data: Path
    folder: Path
    _last: dict[str, FittedSet] = field(default_factory=dict, repr=False)

    def there(self) -> list[CellSet]:
        """Return the sets whose files are there."""
        return [cells for cells in self.sets if (self.data / cells.file).exists()]

    def fitted(self, cell: Cell) -> FittedSet:
        """Return the set that a piece of work is about.

        Parameters
        ----------
        cell
            Its condition names the set; its number of samples is the most that are taken.
        """
        name = str(cell["set"])
        if name not in self._last:
            self._last = {name: self._made(next(s for s in self.sets if s.name == name), cell)}
        return self._last[name]

    def sets_of(self, table: pd.DataFrame) -> Iterator[tuple[FittedSet, pd.DataFrame]]:
        """Yield each set of a table with its rows."""
        for name, rows in table.groupby("set", sort=False):
            first = rows.iloc[0]
            yield self.fitted(Cell("", int(first["seed"]), int(first["n_samples"]), (("set", str(name)),))), rows

    def path(self, cells: CellSet, what: str, suffix: str) -> Path:
        """Return where something about a set is kept."""
        return self.folder / f"{cells.slug}_{what.replace(' ', '_').replace(',', '')}.{suffix}"

    def _made(self, cells: CellSet, cell: Cell) -> FittedSet:
        read = counts(cells, self.data, cell.n_samples, cell.seed)
        recipes = workflow.recipes_for(read.measured)
        with one_blas_thread():
            prepared = {view: prepare(X, recipes[view], 50, cell.seed, view) for view, X in read.measured.views.items()}
        fits = []
        for what, model in (
            ("default", IntegratedDiffusion(random_state=cell.seed)),
            ("published", IntegratedDiffusion.paper(random_state=cell.seed)),
        ):
            path = self.path(cells, what, "pickle")
            if not path.exists():
                workflow.fit(model, prepared)
                _keep(path, Fitted.of(model))
            fits.append(pickle.loads(path.read_bytes()))
        return FittedSet(cells, read, prepared, *fits)


def _keep(path: Path, fitted: Fitted) -> None:
    """Write a fit, whole or not at all."""
    with whole(path) as temporary:
        temporary.write_bytes(pickle.dumps(fitted))
