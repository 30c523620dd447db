"""Pages, tables and texts: written whole, read again, and refused where settings are others."""

from dataclasses import replace

import pandas as pd
import pytest

from experiments.study import tables
from experiments.study.files import whole
from experiments.study.markdown import literal_table, table
from experiments.study.pages import Page, Texts, fingerprint, joined, picture

PAGE = Page("tiny", "make tiny", lambda: "k = 5", ("one",), lambda found: joined([f"# {len(found['one'])} rows"]))


def test_a_file_that_fails_halfway_is_not_there(tmp_path):
    path = tmp_path / "deep" / "page.md"

    def fail():
        with whole(path) as temporary:
            temporary.write_text("half")
            raise ValueError("expected")

    with pytest.raises(ValueError, match="expected"):
        fail()
    assert not path.exists()
    with whole(path) as temporary:
        temporary.write_text("all")
    assert path.read_text() == "all"
    assert list(path.parent.iterdir()) == [path]


def test_texts_have_their_values(tmp_path):
    (tmp_path / "plain.md").write_text("a {b}\n\n")
    said = Texts(tmp_path)
    assert said("plain") == "a {b}"
    assert said("plain", b=3) == "a 3"


def test_a_page_is_written_from_its_tables(tmp_path):
    place = PAGE.place(tmp_path)
    rows = pd.DataFrame({"value": [0.1, 0.2], "settings": place.settings})
    tables.write(rows, place.table("one"))
    assert PAGE.write(tmp_path).read_text() == "# 2 rows\n"
    assert place.page == tmp_path / "tiny.md"
    assert place.pictures == tmp_path / "images" / "tiny"
    with pytest.raises(ValueError, match="make tiny"):
        replace(PAGE, described=lambda: "k = 6").load(tmp_path)


def test_an_empty_table_is_taken_only_where_it_may_be(tmp_path):
    tables.write(pd.DataFrame({"value": [], "settings": []}), PAGE.place(tmp_path).table("one"))
    with pytest.raises(ValueError, match=r"one\.csv"):
        PAGE.load(tmp_path)
    assert len(replace(PAGE, may_be_empty=("one",)).load(tmp_path)["one"]) == 0


def test_the_fingerprint_is_that_of_the_text():
    assert fingerprint("a") == fingerprint("a") != fingerprint("b")
    assert len(fingerprint("")) == 12


def test_markdown():
    assert table(["a", "b"], [["x", "1"]]).splitlines() == ["| a | b |", "|---|---:|", "| x | 1 |"]
    assert table(["a", "b"], [], numbers=False).splitlines() == ["| a | b |", "|---|---|"]
    assert literal_table(["a|b"], [["$x_1$"]]).splitlines() == ["| a\\|b |", "|---|", "| \\$x\\_1\\$ |"]
    assert picture("tiny", "maps", "Maps") == "![Maps](images/tiny/maps.png)"
