"""Threads change the time, never the result."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import weakref

import pytest
from threadpoolctl import threadpool_info

from integrated_diffusion.runtime import threads as parallel
from integrated_diffusion.runtime.threads import map_threads, n_threads, one_thread

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def test_number_of_threads_is_read_as_scikit_learn_does():
    assert n_threads(None) == n_threads(-1) == CORES
    assert n_threads(1) == 1
    assert n_threads(7) == 7
    assert n_threads(-CORES) == 1
    assert n_threads(-1_000) == 1
    with pytest.raises(ValueError, match="n_jobs: expected a number of threads other than 0, found 0; use None"):
        n_threads(0)
    for wrong in ("2", 1.5):
        with pytest.raises(TypeError, match=f"n_jobs: expected a whole number or None, found {wrong!r}"):
            n_threads(wrong)


@pytest.mark.parametrize("n_jobs", [1, 2, 5])
def test_order_is_kept(n_jobs):
    assert map_threads(lambda x: x * x, iter(range(50)), n_jobs) == [x * x for x in range(50)]
    assert map_threads(abs, [], n_jobs) == []
    assert map_threads(abs, [-3], n_jobs) == [3]


def test_as_many_threads_as_requested():
    meeting = threading.Barrier(3, timeout=10)  # broken unless three wait at once
    assert sorted(map_threads(lambda _: meeting.wait(), range(3), 3)) == [0, 1, 2]
    assert set(map_threads(lambda _: threading.get_ident(), range(4), 1)) == {threading.get_ident()}


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_errors_come_through(n_jobs):
    with pytest.raises(ZeroDivisionError):
        map_threads(lambda x: 1 / x, [1, 0, 2], n_jobs)


def test_libraries_are_held_to_one_thread_and_let_go():
    parallel._controller.cache_clear()  # other tests may have loaded further libraries since
    before = [pool["num_threads"] for pool in threadpool_info()]
    with one_thread():
        assert {pool["num_threads"] for pool in threadpool_info()} == {1}
    assert [pool["num_threads"] for pool in threadpool_info()] == before


def test_calls_may_be_nested():
    """There are more inner calls than threads: no thread waits for one that waits for it."""
    inner = map_threads(lambda i: map_threads(lambda j: 10 * i + j, range(5), 2), range(6), 2)
    assert inner == [[10 * i + j for j in range(5)] for i in range(6)]


def test_no_item_is_begun_after_an_error():
    begun = []

    def work(i):
        begun.append(i)
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        map_threads(work, range(1_000), 2)
    assert len(begun) <= 2


def test_nothing_is_kept_alive():
    class Thing:
        pass

    thing = Thing()
    gone = weakref.ref(thing)
    map_threads(lambda _, held=thing: None, range(8), 4)
    del thing
    assert gone() is None


def test_results_are_not_kept_alive_by_helpers_that_are_busy():
    """Helpers that work on an outer call find inner ones in their queue only after it."""

    class Thing:
        pass

    both_work, counted = threading.Barrier(2, timeout=10), threading.Event()

    def outer(number):
        both_work.wait()
        if number:
            assert counted.wait(10)
            return 0
        gone = [weakref.ref(map_threads(lambda _: Thing(), range(2), 2)[0]) for _ in range(20)]
        counted.set()
        return sum(ref() is not None for ref in gone)

    assert map_threads(outer, range(2), 2) == [0, 0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="expected a system that forks")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of forking with threads, which is what is tried here
def test_a_fork_has_threads_of_its_own():
    map_threads(abs, range(8), 2)
    child = os.fork()
    if not child:
        meeting = threading.Barrier(2, timeout=10)
        met = sorted(map_threads(lambda _: meeting.wait(), range(2), 2)) == [0, 1]
        os._exit(0 if met else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.fixture
def _hears_interrupts():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs start with SIGINT ignored
    yield
    signal.signal(signal.SIGINT, before)


def _interrupt_soon(seconds):
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    return timer


@pytest.mark.usefixtures("_hears_interrupts")
def test_an_interrupt_ends_the_call_when_the_items_in_work_are_done():
    begun, ended = [], []

    def work(i):
        begun.append(i)
        time.sleep(0.05)
        ended.append(i)

    for _ in range(3):  # the same threads go on helping
        timer = _interrupt_soon(0.2)
        with pytest.raises(KeyboardInterrupt):
            map_threads(work, range(1_000), 3)
        timer.join()
        assert len(begun) - len(ended) <= 1  # the item of this thread
        begun.clear()
        ended.clear()
    assert map_threads(abs, range(8), 3) == list(range(8))


@pytest.mark.usefixtures("_hears_interrupts")
def test_a_second_interrupt_does_not_wait_for_the_items_in_work():
    release, caller = threading.Event(), threading.get_ident()

    def work(_):
        if threading.get_ident() == caller:
            time.sleep(60)
        release.wait(60)

    timers = [_interrupt_soon(seconds) for seconds in (0.2, 0.6)]
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        map_threads(work, range(8), 3)
    assert time.monotonic() - start < 30
    release.set()
    for timer in timers:
        timer.join()


def test_a_process_ends_although_helpers_have_not():
    """A process that never ended: the main thread was interrupted while its helpers went on."""
    program = """
import os, signal, threading, time
from integrated_diffusion.runtime.threads import map_threads

def interrupt_twice():
    for _ in range(2):
        time.sleep(1)
        os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
threading.Thread(target=interrupt_twice, daemon=True).start()
map_threads(lambda _: time.sleep(300), range(8), 4)
"""
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert "KeyboardInterrupt" in found.stderr
    assert found.returncode in (130, -signal.SIGINT)
