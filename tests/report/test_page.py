"""The file: safe, self-contained, small, the same bytes each time."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import time
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from integrated_diffusion import plotting, report
from integrated_diffusion.model.stored_record import selection_of
from integrated_diffusion.plotting.words import two_decimals
from integrated_diffusion.report.budget import BUDGET, per_sample
from integrated_diffusion.report.bundle import bundle, coloured, limits
from integrated_diffusion.report.columns import Categories, Numbers
from integrated_diffusion.report.content import first_colour
from integrated_diffusion.report.packing import quantise, unpack
from tests.report.conftest import END, EVIL, IMAGE, SCRIPT, enlarged


class Elements(HTMLParser):
    """All elements of a page with their attributes, and all its text outside scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.scripts: list[str] = []
        self.inside = ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        self.inside = tag

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        (self.scripts if self.inside in ("script", "style") else self.text).append(data)


@pytest.fixture(scope="module")
def evil_page(evil) -> str:
    return report.render(report.gather(evil, title=SCRIPT + IMAGE + END))


@pytest.fixture(scope="module")
def elements(evil_page) -> Elements:
    return Elements(evil_page)


def data_of(elements: Elements) -> tuple[dict, list[np.ndarray]]:
    packed = [script for script in elements.scripts if re.fullmatch(r"[A-Za-z0-9+/=]+", script)]
    return unpack(packed[0])


def test_names_are_escaped_and_whole(elements):
    tags = [tag for tag, _ in elements.found]
    assert tags.count("script") == 2
    assert tags.count("svg") == 0  # neither cross-validation nor entropy chose
    assert "img" not in tags
    assert tags.count("b") == 1  # the column of the markers
    text = "".join(elements.text)
    for name in EVIL:
        assert name in text
    assert SCRIPT + IMAGE + END in text
    assert not any(name.startswith("on") for _, attributes in elements.found for name in attributes)


def test_names_in_the_data_cannot_end_their_element(evil_page, elements):
    header, _ = data_of(elements)
    assert header["names"][:3] == [name + "cell" for name in EVIL]
    assert IMAGE in [column["name"] for column in header["columns"]]
    assert evil_page.count("</script>") == 2


def test_nothing_is_fetched(evil_page, elements):
    links = [
        (tag, name, value)
        for tag, attributes in elements.found
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "data", "action", "poster")
    ]
    assert [link for link in links if not link[2].startswith("#")] == [
        ("a", "href", "https://doi.org/10.1109/MLSP52302.2021.9596214")
    ]
    identifiers = {attributes.get("id") for _, attributes in elements.found}
    assert {link[2][1:] for link in links if link[2].startswith("#")} <= identifiers
    style = next(script for script in elements.scripts if ":root" in script)
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_knows_exactly_the_script(elements):
    policy = next(attributes["content"] for _, attributes in elements.found if attributes.get("http-equiv") is not None)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe-inline" not in policy.split("style-src")[0]
    assert "unsafe-eval" not in policy
    script = next(text for text in elements.scripts if "use strict" in text)
    found = re.search(r"script-src ([^;]*)", policy)[1]
    assert found == f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
    assert "connect-src" not in policy
    assert "http" not in policy


def test_the_script_never_reads_text_as_html(elements):
    script = next(text for text in elements.scripts if "use strict" in text)
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch(", "://"):
        assert forbidden not in script.replace("http://www.w3.org/2000/svg", "")


def test_numbers_of_the_page_are_those_of_the_content(plain):
    content = report.gather(plain, features=["gene0", "prot1"])
    header, arrays = unpack(bundle(content))
    assert header["names"] == list(plain.obs_names)
    for kept, one in zip(header["maps"], content.embeddings, strict=True):
        for axis, values in zip("xy", one.coordinates.T, strict=True):
            found = kept[axis]["low"] + kept[axis]["step"] * arrays[kept[axis]["codes"]]
            np.testing.assert_allclose(found, values, atol=np.ptp(values) / 65_534)
    kept = {column["name"]: column for column in header["columns"]}
    group = kept["group"]
    assert [group["labels"][code] for code in arrays[group["codes"]]] == list(plain.obs["group"])
    half = arrays[kept["half"]["codes"]]
    np.testing.assert_array_equal(half, np.where(np.arange(240) < 120, 0, 255))
    assert np.flatnonzero(arrays[kept["depth"]["codes"]] == 65_535).tolist() == [3]
    feature = header["features"][1]
    assert (feature["name"], feature["modality"]) == ("prot1", "prot")
    denoised = feature["denoised"]["low"] + feature["denoised"]["step"] * arrays[feature["denoised"]["codes"]]
    np.testing.assert_allclose(denoised, content.highlights.features[1].denoised, atol=1e-3)
    assert header["pairs"] == [[0, 1]]
    assert header["columns"][header["first"]]["name"] == "cluster"


def values_of(kept: dict, arrays: list[np.ndarray]) -> np.ndarray:
    """As the script reads a column of numbers."""
    codes = arrays[kept["codes"]]
    found = 2 * (kept["low"] / 2 + kept["step"] / 2 * codes)
    found[codes == np.iinfo(codes.dtype).max] = np.nan
    found[kept.get("above", [])] = np.inf
    found[kept.get("below", [])] = -np.inf
    return found


@pytest.mark.parametrize(
    "values",
    [
        [1.0, np.inf, -np.inf, np.nan, 0.0],
        [np.inf, 2**24 + 1, 2**24 + 2, np.nan, 2**24 + 9],
        [0.0, 65_534.0, 7.0, 1.0, np.nan],
        [0.0, 65_535.0, 7.0, 1.0, np.nan],
        [17.0, 2**31 + 1, 123_456.0, np.inf, np.nan],
        [-1.7e308, 1.7e308, np.nan, np.inf, -np.inf],
    ],
)
def test_columns_of_unusual_numbers(plain, values):
    """Infinite numbers are none that are missing; whole ones are exact."""
    column = Numbers("n", np.resize(np.array(values), 240))
    header, arrays = unpack(bundle(replace(report.gather(plain), columns=(column,))))
    np.testing.assert_allclose(values_of(header["columns"][0], arrays), column.values, rtol=1e-15)
    assert np.isfinite(header["columns"][0]["limits"]).all()


def test_two_bytes_are_used_where_they_do(plain):
    columns = tuple(Numbers("n", np.linspace(0, high, 240).round()) for high in (65_534, 65_535, 2**32))
    columns += (Numbers("n", np.linspace(0, 1e6, 240)),)
    header, arrays = unpack(bundle(replace(report.gather(plain), columns=columns)))
    sizes = [arrays[column["codes"]].itemsize for column in header["columns"]]
    assert sizes == [2, 4, 2, 2]
    np.testing.assert_array_equal(arrays[header["columns"][3]["codes"]], quantise(columns[3].values).codes)


def test_thirty_categories_have_colours_and_the_rest_is_folded():
    rng = np.random.default_rng(0)
    codes = np.r_[np.repeat(np.arange(40), rng.permutation(40) + 1), -1]
    own = coloured(codes, 40)
    counts = np.bincount(codes[codes >= 0])
    assert len(own) == 30
    assert own == sorted(own)
    assert min(counts[own]) > max(np.delete(counts, own))


def test_colours_leave_out_the_outermost_numbers():
    values = np.r_[np.arange(1000.0), 1e9, np.nan]
    assert limits(values) == pytest.approx((5, 995), abs=1)
    assert limits(np.r_[np.zeros(999), 5.0]) == (0.0, 5.0)  # nearly always zero
    assert limits(np.full(3, np.nan)) == (0.0, 1.0)
    assert np.isfinite(limits(np.array([-1.7e308, 1.7e308]))).all()


def test_the_first_colour_is_a_column_of_few_groups():
    numbers, groups = Numbers("n", np.zeros(240)), Categories("g", ("a", "b"), np.zeros(240, dtype=np.int32))
    alone = Categories("same", ("a",), np.zeros(240, dtype=np.int32))
    computed = replace(groups, name="computed clusters")
    assert first_colour((numbers, alone, groups)) == 2
    assert first_colour((groups, replace(groups, name="Cell_Type"))) == 1
    assert first_colour((groups, computed)) == 1
    assert first_colour((numbers, alone)) == 0
    assert first_colour(()) is None


def test_the_same_data_give_the_same_bytes(plain, tmp_path):
    paths = [report.write(plain, tmp_path / f"{i}.html", features=["gene0"]) for i in range(2)]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert len(paths[0].read_bytes()) < 150_000


@pytest.mark.slow
@pytest.mark.parametrize(("n", "n_columns", "n_features"), [(100_000, 12, 12), (100_000, 40, 12), (400_000, 12, 6)])
def test_a_large_page_stays_below_12_mb(plain, n, n_columns, n_features):
    content = enlarged(report.gather(plain), n, n_columns, n_features)
    start = time.perf_counter()
    page = report.render(content)
    assert len(page.encode()) < 12e6
    assert time.perf_counter() - start < 30
    assert content.n_on_page == min(n, BUDGET // per_sample(len(content.embeddings), n_columns, n_features)) > 90_000
    assert ("is on this page" in page) == (content.n_on_page < n)


def test_what_is_said_of_the_data(plain, evil_page):
    page = html.unescape(report.render(report.gather(plain)))
    record = plain.uns["integrated_diffusion"]
    text = re.sub(r"\s+", " ", re.sub("<[^>]*>", "", page))
    formula = two_decimals(record["operator"])
    assert f"combined in one diffusion operator, the integrated operator J = {formula}." in text
    assert "240 samples in 2 modalities, rna and prot," in text
    selection = selection_of(record)
    assert f"rna {selection.view_contributions['rna']}; prot" in text
    assert f"{len(selection.candidates)} candidate models were evaluated" in text
    assert f"{selection.candidates[0].error:.4f} (lowest)" in text  # in a chart, whose text is text
    assert "± 0.0000" not in text
    assert "in proportion to what each modality predicts by itself" in text
    assert "Columns left out: barcode (has 240 different values for 240 samples), empty (has no values)" in text
    assert "No associations were computed. integrated-diffusion associate" in text
    other = re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]*>", "", evil_page)))
    assert "chosen by the user, not by cross-validation" in other
    assert (
        "values of either feature permuted before diffusion, with the same operators (the larger of the two nulls), "
        "3 times" in other
    )


def test_charts_are_those_of_plotting(plain):
    content = report.gather(plain)
    page = report.render(content)
    assert plotting.entropy_chart(content.curves, content.steps) not in page  # it did not choose
    assert plotting.entropy_chart(content.curves, content.steps) in report.render(replace(content, rule="by entropy"))
    assert plotting.candidate_chart(content.selection) in page
    assert plotting.contribution_chart(content.selection) in page
    identifiers = re.findall(r'\sid="([^"]*)"', page)
    assert len(identifiers) == len(set(identifiers))


def test_the_table_keeps_500_rows(evil):
    content = report.gather(evil)
    table = content.associations.table
    many = table.loc[np.resize(table.index, 700)]
    page = report.render(
        replace(content, associations=replace(content.associations, table=many.head(500), n_pairs=700))
    )
    assert "of which the first 500 are shown" in re.sub(r"\s+", " ", page)
    note = 'these 500 rows only. The whole table of 700 pairs is in uns["integrated_associations"] of the file'
    text = re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]*>", "", page)))
    assert note in text
    assert "integrated-diffusion associate … -o pairs.csv writes it as text" in text
    assert "rows only" not in report.render(content)
    assert len(re.findall(r"<tr><th scope=\"row\">&lt;", page.split('id="pairs"')[1].split("</table>")[0])) == 500


def test_a_page_appears_whole_or_not_at_all(plain, tmp_path):
    with pytest.raises(ValueError, match=r"expected an output that ends in \.html or \.htm, found '\.pdf'"):
        report.write(plain, tmp_path / "page.pdf")
    with pytest.raises(ValueError, match="did you mean 'gene0'"):
        report.write(plain, tmp_path / "page.html", features=["gene00"])
    with pytest.raises(TypeError, match=r"expected a list of names, found the text 'gene0'; give \['gene0'\]"):
        report.write(plain, tmp_path / "page.html", features="gene0")
    assert list(tmp_path.iterdir()) == []
