"""Neighbours are counted without the sample itself, and an index of faiss looks as far as the recall asks for."""

from itertools import pairwise

import numpy as np
import pytest

from benchmarks import searching


def test_a_sample_is_no_neighbour_of_itself():
    found = np.array([[0, 5, 6], [7, 1, 8], [3, 4, 9]])
    kept = searching.without_itself(found, np.array([0, 1, 2]))
    assert kept.tolist() == [[5, 6], [7, 8], [3, 4]]  # the last was not found itself: its furthest goes


def test_numbers_grow_by_a_quarter_up_to_the_last():
    numbers = list(searching.quarters(1, 40))
    assert numbers[:5] == [1, 2, 3, 4, 5]
    assert numbers[-1] == 40
    assert all(after > before for before, after in pairwise(numbers))


@pytest.mark.parametrize(
    ("build", "choose"),
    [(searching.inverted_file, searching.set_probes), (searching.graph, searching.set_candidates)],
)
def test_an_index_reaches_the_recall_with_the_smallest_number(build, choose):
    X = np.random.default_rng(0).standard_normal((700, 6)).astype(np.float32)
    asked = np.arange(0, 700, 7)
    away = np.linalg.norm(X[asked, None].astype(np.float64) - X, axis=2)
    away[np.arange(len(asked)), asked] = np.inf
    true = np.argsort(away, axis=1)[:, : searching._K]
    index = build(X)  # by several threads a graph is another one each time
    for wanted in (0.5, 0.98):
        numbers = iter(range(1, 106))
        seconds, reached, number = searching.at_recall(X, lambda _: index, choose, numbers, asked, true, wanted)
        assert seconds >= 0
        assert reached >= wanted
        if number > 1:
            choose(index, number - 1)
            found = searching.without_itself(index.search(X[asked], searching._K + 1)[1], asked)
            assert searching.recall(found, true) < wanted
