"""A run measures what is missing, loses nothing that was finished, and comes out the same however it got there."""

import os
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Timer

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from experiments.study import running
from experiments.study.cells import RESULTS, Cell, Measured, results
from experiments.study.journal import Journal

CELLS = [Cell("sums", seed, 60, (("noise", level),)) for level in (0.1, 0.2) for seed in (0, 1, 2)]


def measure(cell):
    """Something of linear algebra, drawn by the cell's seed."""
    X = np.random.default_rng(cell.seed).normal(scale=cell.number("noise"), size=(cell.n_samples, 40))
    return [Measured("svd", "largest", float(np.linalg.svd(X)[1][0])), Measured("svd", "process", 1.0)]


def measure_and_tell(cell):
    """What is not the same in every process."""
    warnings.warn("graphs in pieces are studied here", stacklevel=1)
    threads = max([info["num_threads"] for info in threadpool_info()], default=1)
    return [Measured("me", "process", float(os.getpid())), Measured("me", "threads", float(threads))]


class Recorded:
    """A measurement that says what was measured, takes turns with the journal and fails at a cell."""

    def __init__(self, journal, fails_at=None, error=None):
        self.journal, self.fails_at, self.error, self.asked = journal, fails_at, error or ValueError("expected"), []
        self.before, self.over = len(journal), False

    def __call__(self, cell):
        self.asked.append(cell)
        until = time.monotonic() + 20
        while len(self.journal) < self.before + len(self.asked) - 1:  # until the cells before are on disk
            if self.over or time.monotonic() > until:
                raise self.error
            time.sleep(0.001)
        if cell == self.fails_at:
            self.over = True
            raise self.error
        return measure(cell)


@pytest.fixture
def uninterrupted(tmp_path):
    journal = Journal(tmp_path / "uninterrupted.jsonl", RESULTS)
    with ThreadPoolExecutor(1) as pool:
        running.run(CELLS, measure, journal, pool)
    return results(journal, CELLS)


def test_every_cell_once(tmp_path):
    journal = Journal(tmp_path / "sums.jsonl", RESULTS)
    recorded = Recorded(journal)
    with ThreadPoolExecutor(1) as pool:
        running.run(CELLS, recorded, journal, pool)
    assert recorded.asked == CELLS
    table = results(journal, CELLS)
    largest = table[table["score"] == "largest"]["value"].to_numpy()
    X = np.random.default_rng(1).normal(size=(60, 40))
    np.testing.assert_allclose(largest[[1, 4]], np.sqrt(np.linalg.eigvalsh(X.T @ X)[-1]) * np.array([0.1, 0.2]))


def test_only_what_is_missing(tmp_path, uninterrupted):
    journal = Journal(tmp_path / "sums.jsonl", RESULTS)
    with ThreadPoolExecutor(1) as pool:
        running.run(CELLS[2:4], measure, journal, pool)
        recorded = Recorded(journal)
        running.run(CELLS, recorded, journal, pool)
    assert recorded.asked == [*CELLS[:2], *CELLS[4:]]
    assert results(journal, CELLS).equals(uninterrupted)


def test_nothing_missing_asks_nobody(tmp_path):
    journal = Journal(tmp_path / "sums.jsonl", RESULTS)
    with ThreadPoolExecutor(1) as pool:
        running.run(CELLS, measure, journal, pool)
    written = journal.path.read_bytes()
    running.run(CELLS, measure, Journal(journal.path, RESULTS), None)
    assert journal.path.read_bytes() == written


@pytest.mark.parametrize("error", [ValueError("expected"), KeyboardInterrupt()], ids=["fails", "stopped"])
@pytest.mark.parametrize("at", [0, 3, 5])
def test_a_cell_that_fails_costs_none_that_were_finished(tmp_path, uninterrupted, at, error):
    path = tmp_path / "sums.jsonl"
    journal = Journal(path, RESULTS)
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(type(error)):
            running.run(CELLS, Recorded(journal, CELLS[at], error), journal, pool)
        pool.shutdown(cancel_futures=True)  # as `workers` does
    resumed = Journal(path, RESULTS)
    assert [cell for cell in CELLS if cell in resumed] == CELLS[:at]

    recorded = Recorded(resumed)
    with ThreadPoolExecutor(1) as pool:
        running.run(CELLS, recorded, resumed, pool)
    assert recorded.asked == CELLS[at:]
    for found in (resumed, Journal(path, RESULTS)):
        assert results(found, CELLS).equals(uninterrupted)


def test_stopped_while_progress_is_shown(tmp_path, uninterrupted, monkeypatch):
    """At the third cell, while the fourth is under way: that one is finished, and no other is begun."""
    told, asked, begun, go_on = [], [], Event(), Event()

    def measure_and_wait(cell):
        asked.append(cell)
        if cell == CELLS[3]:
            begun.set()
            assert go_on.wait(20)
        return measure(cell)

    @contextmanager
    def stopped_at_the_third():
        def progress(stage, done, total):
            told.append((stage, done, total))
            if done == 3:
                assert begun.wait(20)
                Timer(0.2, go_on.set).start()  # when the others have been cancelled
                raise KeyboardInterrupt

        yield progress

    path = tmp_path / "sums.jsonl"
    with ThreadPoolExecutor(1) as pool, monkeypatch.context() as patched:
        patched.setattr(running, "progress_bar", stopped_at_the_third)
        with pytest.raises(KeyboardInterrupt) as raised:
            running.run(CELLS, measure_and_wait, Journal(path, RESULTS), pool)
    assert told == [("sums", done, 6) for done in (1, 2, 3)]
    assert asked == CELLS[:4]
    assert not hasattr(raised.value, "__notes__")  # no cell is to blame
    resumed = Journal(path, RESULTS)
    assert [cell for cell in CELLS if cell in resumed] == CELLS[:4]
    with ThreadPoolExecutor(1) as pool:
        running.run(CELLS, measure, resumed, pool)
    assert results(resumed, CELLS).equals(uninterrupted)


def test_what_is_under_way_when_another_fails_is_finished_and_kept(tmp_path, uninterrupted):
    asked, begun, go_on = [], Event(), Event()

    def measure_or_fail(cell):
        asked.append(cell)
        if cell == CELLS[1]:
            assert begun.wait(20)
            Timer(0.2, go_on.set).start()  # when the others have been cancelled
            raise ValueError("expected")
        begun.set()
        assert go_on.wait(20)
        return measure(cell)

    path = tmp_path / "sums.jsonl"
    with ThreadPoolExecutor(2) as pool, pytest.raises(ValueError, match="expected") as raised:
        running.run(CELLS, measure_or_fail, Journal(path, RESULTS), pool)
    assert raised.value.__notes__ == [f"in the cell {CELLS[1].key}"]
    resumed = Journal(path, RESULTS)
    kept = [cell for cell in CELLS if cell in resumed]
    assert kept[0] == CELLS[0]
    assert kept == [cell for cell in asked if cell != CELLS[1]]  # and maybe the one its thread went on with
    assert len(kept) <= 2
    with ThreadPoolExecutor(1) as pool:
        running.run(CELLS, measure, resumed, pool)
    assert results(resumed, CELLS).equals(uninterrupted)


def test_progress_counts_what_was_there_before(tmp_path, monkeypatch):
    told = []

    @contextmanager
    def listened():
        yield lambda stage, done, total: told.append((stage, done, total))

    journal = Journal(tmp_path / "sums.jsonl", RESULTS)
    with ThreadPoolExecutor(1) as pool:
        running.run(CELLS[:4], measure, journal, pool)
        monkeypatch.setattr(running, "progress_bar", listened)
        running.run(CELLS, measure, journal, pool)
    assert told == [("sums", 5, 6), ("sums", 6, 6)]


@pytest.fixture
def no_threads_set(monkeypatch):
    """The environment as a user has it, put back afterwards."""
    for name in running._ONE_THREAD:
        monkeypatch.setenv(name, "")  # so that what `workers` sets is undone
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("no_threads_set")
def test_processes_of_one_thread_each_and_the_same_results(tmp_path, uninterrupted):
    found = []
    for count in (1, 2):
        journal, told = (
            Journal(tmp_path / f"{count}.jsonl", RESULTS),
            Journal(tmp_path / f"{count}_told.jsonl", RESULTS),
        )
        with running.workers(count) as pool:
            running.run(CELLS, measure, journal, pool)
            running.run(CELLS, measure_and_tell, told, pool)  # whose warning is no error there
        table = results(told, CELLS).set_index("score")["value"]
        assert 1 <= table["process"].nunique() <= count
        assert os.getpid() not in set(table["process"])
        assert set(table["threads"]) == {1.0}
        found.append(results(journal, CELLS))
    assert found[0].equals(found[1])
    np.testing.assert_allclose(found[0]["value"], uninterrupted["value"])  # with as many threads as there are


@pytest.mark.usefixtures("no_threads_set")
def test_what_is_not_begun_is_dropped_when_something_fails():
    pending = []

    def stopped():
        with running.workers(1) as pool:
            pending.extend(pool.submit(time.sleep, 0.2) for _ in range(40))
            raise ValueError("stopped here")

    with pytest.raises(ValueError, match="stopped here"):
        stopped()
    assert sum(future.cancelled() for future in pending) > 30


@pytest.mark.usefixtures("no_threads_set")
def test_a_choice_of_threads_is_left_alone(monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    with running.workers(1):
        assert os.environ["OPENBLAS_NUM_THREADS"] == "2"
        assert os.environ["OMP_NUM_THREADS"] == "1"


def test_a_process_a_cell_where_memory_is_measured():
    with running.workers(1, cells_each=1) as pool:
        first, second = (pool.submit(os.getpid).result() for _ in range(2))
    assert first != second
