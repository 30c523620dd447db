"""The journal goes on where it was stopped; jobs come in order, and whoever gave up is not asked again."""

import pytest

from experiments.performance.jobs import jobs, modules, subjects
from experiments.performance.journal import RUNS, Found, Job, gave_up
from experiments.performance.process import DONE, FAILED, TOO_LONG
from experiments.performance.subjects import LADDER, Measurement, Method, rung
from experiments.study.journal import Journal


def found(subject="PHATE", n_samples=1_000, outcome=DONE, set_name="tree"):
    return Found(Job(subject, set_name, n_samples), outcome, "", "1.0", {"seconds": 1.5})


def keep(journal, one):
    journal.keep(one.job, one)


def test_what_was_kept_is_read_again(tmp_path):
    journal = Journal(tmp_path / "deep" / "journal.jsonl", RUNS)
    keep(journal, found())
    keep(journal, found(n_samples=4_000, outcome=FAILED))
    again = Journal(journal.path, RUNS)
    assert again.values() == [found(), found(n_samples=4_000, outcome=FAILED)]
    assert found().job in again
    assert found(n_samples=10_000).job not in again


def test_a_line_that_was_cut_off_is_done_again(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl", RUNS)
    keep(journal, found())
    keep(journal, found(n_samples=4_000))
    text = journal.path.read_text()
    journal.path.write_text(text[:-20])
    again = Journal(journal.path, RUNS)
    assert again.values() == [found()]
    keep(again, found(n_samples=4_000))
    assert Journal(journal.path, RUNS).values() == [found(), found(n_samples=4_000)]


def test_one_subject_can_be_forgotten(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl", RUNS)
    keep(journal, found())
    keep(journal, found("SNF"))
    journal.forget(lambda job: job.subject == "SNF")
    assert Journal(journal.path, RUNS).values() == [found()]
    assert journal.values() == [found()]


@pytest.mark.parametrize(
    ("failed_at", "asked", "gives_up"),
    [
        (4_000, ("PHATE", "tree", 10_000), True),
        (4_000, ("PHATE", "tree", 1_000), False),
        (4_000, ("SNF", "tree", 10_000), False),
        (10_000, ("PHATE", "SNARE-seq", 9_190), True),  # about as many as ten thousand
        (10_000, ("PHATE", "digits", 2_000), False),
    ],
)
def test_whoever_gave_up_is_not_given_more(tmp_path, failed_at, asked, gives_up):
    journal = Journal(tmp_path / "journal.jsonl", RUNS)
    keep(journal, found(n_samples=failed_at, outcome=TOO_LONG))
    assert (gave_up(journal, Job(*asked)) is not None) == gives_up


def test_a_failure_on_real_data_says_nothing_of_others(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl", RUNS)
    keep(journal, found(n_samples=2_000, outcome=FAILED, set_name="digits"))
    assert gave_up(journal, Job("PHATE", "tree", 1_000_000)) is None


def test_the_package_comes_first_and_few_samples_before_many():
    known = subjects()
    todo = jobs(known.values(), LADDER[-1])
    own = [subject.name for subject in known.values() if subject.is_own]
    is_own = [job.subject in own for job in todo]
    assert is_own == sorted(is_own, reverse=True)
    for part in (True, False):
        sizes = [rung(job.n_samples) for job, of in zip(todo, is_own, strict=True) if of == part]
        assert sizes == sorted(sizes)
    assert len(set(todo)) == len(todo)


def test_the_largest_number_of_samples_can_be_limited():
    assert max(job.n_samples for job in jobs(subjects().values(), 4_000)) == 4_000


def test_every_file_is_a_subject_with_a_name_of_its_own():
    known = subjects()
    assert len(modules(known)) == len(known)
    methods = [subject for subject in known.values() if isinstance(subject, Method)]
    assert len(methods) >= 9
    assert len([subject for subject in known.values() if isinstance(subject, Measurement)]) == 3
    assert all(method.about and method.sizes == tuple(sorted(method.sizes)) for method in methods)
