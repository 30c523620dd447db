"""How much memory files may take: as it is said, else a share of what there is."""

from contextvars import copy_context

import pytest

from integrated_diffusion.runtime.memory import SHARE, bytes_of, limit_memory, memory_limit


@pytest.mark.parametrize(
    ("text", "expected"),
    [("8GB", 8e9), ("500 MB", 5e8), ("16GiB", 16 * 2**30), ("1.5kB", 1500), ("1000000", 1e6), ("2tb", 2e12), ("7B", 7)],
)
def test_sizes_in_words(text, expected):
    assert bytes_of(text, "size") == expected


@pytest.mark.parametrize("text", ["", "GB", "-1GB", "8 apples", "0", "1e9", "8XB"])
def test_what_is_no_size_is_told_so(text):
    with pytest.raises(ValueError, match="--max-memory: expected a size such as 8GB or 500MB, found"):
        bytes_of(text, "--max-memory")


def test_a_limit_holds_in_its_context_alone():
    usual = memory_limit()
    assert usual > 0

    def limited():
        limit_memory(1000)
        return memory_limit()

    assert copy_context().run(limited) == 1000
    assert memory_limit() == usual
    assert 0 < SHARE < 1
