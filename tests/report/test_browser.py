"""The page in a browser: what is drawn, what moves together, and that no name from a file becomes HTML."""

from __future__ import annotations

import csv
import io
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from integrated_diffusion import report
from integrated_diffusion.report.columns import Numbers
from integrated_diffusion.report.packing import quantise
from tests.report.conftest import END, EVIL, IMAGE, SCRIPT, N, enlarged

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        shutil.which("/usr/bin/chromium") is None, reason="needs Debian's chromium in /usr/bin/chromium"
    ),
]
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
DESKTOP = {"width": 1400, "height": 900}


@pytest.fixture(scope="module")
def driver():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def browser(driver):
    browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=[*FLAGS])
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def plain_page(plain, folder) -> Path:
    return report.write(plain, folder / "plain.html", features=["gene0", "prot0"])


@pytest.fixture(scope="module")
def evil_page(evil, folder) -> Path:
    return report.write(evil, folder / "evil.html", title=SCRIPT + IMAGE + END)


class Opened:
    """A page that is ready, with everything that happened on the way."""

    def __init__(self, browser, path: Path, viewport=DESKTOP, fragment="", **settings) -> None:
        self.context = browser.new_context(viewport=viewport, **settings)
        self.page = self.context.new_page()
        self.asked: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda said: self.said.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(f"dialog {dialog.message}"), dialog.dismiss()))
        self.page.goto(path.as_uri() + fragment)
        self.page.wait_for_selector("html[data-ready]", state="attached", timeout=20_000)
        self.page.wait_for_function("() => [...document.querySelectorAll('.plot')].every(plot => plot.dataset.drawn)")

    def after(self, action) -> None:
        """Do something, then wait until every map was drawn anew."""
        before = self.drawn()
        action()
        self.page.wait_for_function(
            "before => [...document.querySelectorAll('.plot')].every((plot, i) => +plot.dataset.drawn > before[i])",
            arg=before,
            timeout=10_000,
        )

    def after_one(self, plot: int, action) -> None:
        """Do something, then wait until one map was drawn anew."""
        before = self.drawn()[plot]
        action()
        self.page.wait_for_function(
            "([plot, before]) => +document.querySelectorAll('.plot')[plot].dataset.drawn > before",
            arg=[plot, before],
            timeout=10_000,
        )

    def drawn(self) -> list[int]:
        return self.page.evaluate("[...document.querySelectorAll('.plot')].map(plot => Number(plot.dataset.drawn))")

    def sizes(self) -> list[dict[str, int]]:
        """Of each map: number of points by colour."""
        return self.page.evaluate(
            """[...document.querySelectorAll('.plot')].map(plot =>
                Object.fromEntries(plot.map.groups.map(({colour, cells}) => [colour, cells.length])))"""
        )

    def colour_by(self, words: str) -> None:
        def choose() -> None:
            self.page.fill("#search", words)
            self.page.press("#search", "Enter")

        self.after(choose)

    def tool(self, name: str) -> None:
        self.page.locator("#pointer span", has_text=name).click()

    def drag(self, plot: int, corners: list[tuple[float, float]]) -> None:
        """Draw a way over a map, given in shares of its width and height."""
        self.page.locator(".plot").nth(plot).scroll_into_view_if_needed()
        box = self.page.locator(".plot").nth(plot).bounding_box()
        places = [(box["x"] + a * box["width"], box["y"] + b * box["height"]) for a, b in corners]
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place, steps=6)
        self.page.mouse.up()

    def range(self, plot: int) -> list[list[float]]:
        return self.page.evaluate("i => document.querySelectorAll('.plot')[i].map.ranges", plot)

    def close(self) -> None:
        self.context.close()


@pytest.fixture(scope="module")
def shared(browser, plain_page):
    opened = Opened(browser, plain_page)
    yield opened
    opened.close()


@pytest.fixture
def opened(shared, plain_page):
    """One page for all tests of what it does, since unpacking takes seconds; each finds it as if just opened."""
    opened = shared
    opened.page.emulate_media(media="screen")
    opened.page.mouse.move(0, 0)
    if opened.page.is_visible("#clear"):
        opened.after(lambda: opened.page.click("#clear"))
    opened.page.evaluate("() => document.querySelector('input[name=denoised][value=no]').click()")
    opened.page.click("#reset")
    opened.tool("lasso")
    opened.page.locator(".plot").nth(0).scroll_into_view_if_needed()
    yield opened
    assert opened.said == []
    assert [url.split("#")[0] for url in opened.asked] == [plain_page.as_uri()]


def ink(png: bytes) -> float:
    """Share of a picture that is neither white nor the grey of its frame."""
    colours = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
    return float((colours.max(axis=2) - colours.min(axis=2) > 25).mean())


def places(opened: Opened, mdata) -> tuple[np.ndarray, np.ndarray]:
    """Where the cells lie on the integrated embedding, in shares of its width and height."""
    (x0, x1), (y0, y1) = opened.range(0)
    x, y = (quantise(column).values for column in np.asarray(mdata.obsm["X_integrated_phate"])[:, :2].T)
    return (x - x0) / (x1 - x0), 1 - (y - y0) / (y1 - y0)


def test_every_map_is_drawn(opened):
    plots = opened.page.locator(".plot")
    assert plots.count() == 3
    for i in range(3):
        assert ink(plots.nth(i).screenshot()) > 0.01
    labels = [plots.nth(i).get_attribute("aria-label") for i in range(3)]
    assert labels == ["embedding: integrated", "embedding: rna", "embedding: prot"]
    sides = [plots.nth(i).bounding_box() for i in range(3)]
    assert all(box["width"] == pytest.approx(box["height"], abs=1) for box in sides)
    assert sides[0]["width"] > 1.5 * sides[1]["width"]  # the integrated map is the large one


def test_pictures_before_and_after_are_painted_when_seen(opened):
    pictures = opened.page.locator("#features canvas")
    assert pictures.count() == 4
    pictures.last.scroll_into_view_if_needed()
    opened.page.wait_for_function("() => document.querySelectorAll('#features canvas[data-painted]').length === 4")
    assert ink(pictures.first.screenshot()) > 0.01
    assert opened.page.locator("#scatters figcaption").first.inner_text().startswith("gene0 and prot0")


def test_the_search_box_colours_all_maps(opened):
    opened.colour_by("group")
    assert opened.page.locator("#legend button").all_inner_texts() == ["c\n80", "b\n80", "a\n80"]
    before = opened.sizes()
    assert before == [before[0]] * 3
    assert sorted(before[0].values()) == [80, 80, 80]
    opened.colour_by("depth")
    after = opened.sizes()
    assert len(after[0]) > 10
    assert sum(after[0].values()) == N
    assert after[0]["#dfe2e6"] == 1  # the missing value
    assert opened.page.locator("#legend .bar").count() == 1


def test_the_search_box_is_used_by_keys(opened):
    page = opened.page
    page.focus("#search")
    assert page.get_attribute("#search", "aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    first = page.get_attribute("#search", "aria-activedescendant")
    assert page.inner_text(f"#{first}").startswith("none")
    opened.after(lambda: page.keyboard.press("Enter"))
    assert page.input_value("#search") == "none"
    page.fill("#search", "no such column")
    assert page.inner_text("#options") == "no such column or feature"
    page.keyboard.press("Escape")
    assert page.input_value("#search") == "none"


def test_a_feature_is_shown_denoised(opened, plain):
    opened.colour_by("gene0")
    assert opened.page.is_visible("#values")
    before = opened.sizes()[0], opened.page.inner_text("#legend")
    opened.after(lambda: opened.page.locator("#values span", has_text="denoised").click())
    assert (opened.sizes()[0], opened.page.inner_text("#legend")) != before


def test_a_box_selects_in_all_maps(opened, plain):
    opened.colour_by("none")
    opened.tool("box")
    a, _ = places(opened, plain)
    left = np.sort(a)
    widest = int(np.argmax(np.diff(left)))  # an edge that is a pixel off there is no matter
    edge, expected = float(left[widest : widest + 2].mean()), widest + 1
    opened.after(lambda: opened.drag(0, [(0.005, 0.005), (0.3, 0.5), (edge, 0.995)]))
    assert 0 < expected < N
    assert opened.page.inner_text("#selection") == f"{expected} of {N} samples selected"
    assert opened.sizes() == [{"#dde1e6": N - expected, "#4a6fa5": expected}] * 3
    opened.after(lambda: opened.page.click("#clear"))
    assert opened.page.inner_text("#selection") == f"{N} samples, none selected"
    assert opened.sizes() == [{"#4a6fa5": N}] * 3


def test_a_lasso_on_another_map_selects_in_all_maps(opened):
    opened.colour_by("group")
    opened.after(lambda: opened.drag(1, [(0.5, 0.01), (0.99, 0.01), (0.99, 0.99), (0.5, 0.99), (0.5, 0.02)]))
    drawn = opened.page.evaluate(
        """() => {
        const {groups, ranges: [[low, high]], x} = document.querySelectorAll('.plot')[1].map;
        const middle = (low + high) / 2;
        let right = 0, lit = 0, litRight = 0;
        for (const {colour, cells} of groups) for (const i of cells) {
          right += x[i] > middle; if (colour !== '#dde1e6') { lit++; litRight += x[i] > middle; } }
        return [right, lit, litRight]}"""
    )
    right, lit, lit_right = drawn
    assert 0 < right < N
    assert lit == lit_right == right
    assert opened.page.inner_text("#selection") == f"{right} of {N} samples selected"
    assert [N - sizes["#dde1e6"] for sizes in opened.sizes()] == [right] * 3
    counts = [int(text.split("\n")[1]) for text in opened.page.locator("#legend button").all_inner_texts()]
    assert sum(counts) == right


def test_names_of_the_selected_are_saved(opened, plain):
    opened.tool("box")
    opened.after(lambda: opened.drag(0, [(0.005, 0.005), (0.5, 0.5), (0.995, 0.995)]))
    with opened.page.expect_download() as download:
        opened.page.click("#save")
    assert Path(download.value.path()).read_text().split() == list(plain.obs_names)
    opened.asked = [url for url in opened.asked if not url.startswith("blob:")]  # the file itself, out of the page


def test_pointing_at_a_cell_marks_it_in_all_maps(opened, plain):
    opened.colour_by("group")
    a, b = places(opened, plain)
    cell = int(np.argmax(a))  # the rightmost: no other is nearer to the pointer
    opened.page.locator(".plot").nth(0).scroll_into_view_if_needed()
    box = opened.page.locator(".plot").nth(0).bounding_box()
    opened.page.mouse.move(box["x"] + a[cell] * box["width"] - 30, box["y"] + b[cell] * box["height"])
    opened.page.mouse.move(box["x"] + a[cell] * box["width"] + 1, box["y"] + b[cell] * box["height"], steps=4)
    opened.page.wait_for_selector("#tooltip:not([hidden])")
    assert opened.page.inner_text("#tooltip strong") == plain.obs_names[cell]
    values = opened.page.inner_text("#tooltip")
    assert f"group\n{plain.obs['group'].iloc[cell]}" in values
    assert "gene0 (rna)" in values
    rings = opened.page.locator(".ring:visible")
    assert rings.count() == 3
    place = opened.page.locator(".ring").nth(0).bounding_box()
    assert place["x"] + 9 == pytest.approx(box["x"] + a[cell] * box["width"], abs=2.5)
    assert place["y"] + 9 == pytest.approx(box["y"] + b[cell] * box["height"], abs=2.5)
    opened.page.mouse.move(box["x"] - 20, box["y"] - 20)
    opened.page.wait_for_selector("#tooltip", state="hidden")


def test_numbers_are_shown_as_they_are(browser, plain, folder):
    """Large counts whole, tiny and huge numbers by powers of ten, and no infinite one as missing."""
    cells = np.arange(N)
    numbers = {
        "count": 2.0**24 + 1 + 2 * cells,
        "wide": 16_777_217.0 * cells + 3,
        "share": 1234.5678 + cells / 1e3,
        "tiny": 1.25e-12 * (1 + cells),
        "huge": 1.7e308 * np.linspace(-1, 1, N),
        "endless": np.where(cells == 0, 0.0, np.where(cells == 1, 1.5, np.inf)),
    }
    content = report.gather(plain, features=["gene0", "prot0"])
    path = folder / "numbers.html"
    path.write_text(report.render(replace(content, columns=tuple(Numbers(*column) for column in numbers.items()))))
    opened = Opened(browser, path)
    a, b = places(opened, plain)
    cell = int(np.argmax(a))
    assert cell > 1
    opened.page.locator(".plot").nth(0).scroll_into_view_if_needed()
    box = opened.page.locator(".plot").nth(0).bounding_box()
    opened.page.mouse.move(box["x"] + a[cell] * box["width"] - 30, box["y"] + b[cell] * box["height"])
    opened.page.mouse.move(box["x"] + a[cell] * box["width"] + 1, box["y"] + b[cell] * box["height"], steps=4)
    opened.page.wait_for_selector("#tooltip:not([hidden])")
    named, shown = (opened.page.locator(f"#tooltip {tag}").all_inner_texts() for tag in ("dt", "dd"))
    found = dict(zip(named, shown, strict=True))
    assert found["count"] == f"{2**24 + 1 + 2 * cell:,}"
    assert found["wide"] == f"{16_777_217 * cell + 3:,}"
    assert found["share"] == f"{float(f'{1234.5678 + cell / 1e3:.4g}'):,.0f}"
    assert found["endless"] == "∞"
    for name in ("tiny", "huge"):
        assert float(found[name]) == pytest.approx(numbers[name][cell], rel=2e-3)
        opened.colour_by(name)
        assert len(opened.sizes()[0]) > 10  # shades
    opened.colour_by("endless")
    assert "#dfe2e6" not in opened.sizes()[0]
    assert "missing" not in opened.page.inner_text("#legend")
    opened.close()
    assert opened.said == []


def test_the_legend_isolates(opened):
    opened.colour_by("group")
    button = opened.page.locator("#legend button").nth(1)
    opened.after(button.click)
    assert opened.page.locator("#legend button").nth(1).get_attribute("aria-pressed") == "true"
    assert [sizes["#dde1e6"] for sizes in opened.sizes()] == [160] * 3
    opened.after(opened.page.locator("#legend button").nth(2).click)
    assert opened.page.locator("#legend button[aria-pressed=true]").inner_text() == "a\n80"
    opened.after(lambda: opened.page.locator("#legend button").nth(2).click())
    assert "#dde1e6" not in opened.sizes()[0]


def test_zoom_and_back(opened):
    whole = opened.range(0)
    opened.tool("zoom")
    opened.drag(0, [(0.2, 0.2), (0.4, 0.4), (0.6, 0.6)])
    opened.page.wait_for_function("x => document.querySelector('.plot').map.ranges[0][0] > x", arg=whole[0][0])
    kept = opened.range(0)
    opened.colour_by("depth")
    assert opened.range(0) == kept
    opened.page.click("#reset")
    opened.page.wait_for_function(
        "x => Math.abs(document.querySelector('.plot').map.ranges[0][0] - x) < 1e-6", arg=whole[0][0]
    )


def test_moving_and_the_wheel(opened):
    whole = np.array(opened.range(0))
    opened.tool("move")
    opened.after_one(0, lambda: opened.drag(0, [(0.2, 0.2), (0.5, 0.4)]))
    moved = np.array(opened.range(0))
    np.testing.assert_allclose(np.ptp(moved, axis=1), np.ptp(whole, axis=1))
    np.testing.assert_allclose((moved - whole)[0], -0.3 * np.ptp(whole[0]), rtol=0.05)
    box = opened.page.locator(".plot").nth(0).bounding_box()
    opened.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    opened.after_one(0, lambda: opened.page.mouse.wheel(0, -200))
    closer = np.array(opened.range(0))
    np.testing.assert_allclose(np.ptp(closer, axis=1), np.exp(-0.3) * np.ptp(moved, axis=1), rtol=1e-6)
    np.testing.assert_allclose(closer.mean(axis=1), moved.mean(axis=1), atol=0.01 * np.ptp(whole))


def test_a_print_shows_maps_and_pictures(opened):
    assert len(opened.page.pdf(format="A4")) > 100_000
    opened.page.emulate_media(media="print")
    assert opened.page.locator(".plot:visible").count() == 3
    assert opened.page.locator("nav:visible, .saves:visible, #theme:visible").count() == 0
    assert ink(opened.page.locator(".plot").nth(2).screenshot()) > 0.01


@pytest.mark.parametrize("width", [360, 390])
def test_a_phone_never_scrolls_sideways(browser, evil_page, width):
    opened = Opened(browser, evil_page, {"width": width, "height": 800}, is_mobile=True, has_touch=True)
    assert opened.page.evaluate("document.documentElement.scrollWidth") == width
    assert opened.page.is_checked("input[name=tool][value=hover]")  # a finger scrolls
    opened.close()
    assert opened.said == []


def test_a_finger_scrolls_taps_and_draws(browser, plain_page, plain):
    opened = Opened(browser, plain_page, {"width": 390, "height": 800}, is_mobile=True, has_touch=True)
    page, frame = opened.page, opened.page.locator(".plot").nth(0)
    frame.scroll_into_view_if_needed()
    box, (a, b) = frame.bounding_box(), places(opened, plain)
    page.touchscreen.tap(box["x"] + a[7] * box["width"], box["y"] + b[7] * box["height"])
    page.wait_for_selector("#tooltip:not([hidden])")
    assert page.locator(".ring:not([hidden])").count() == 3
    fingers = opened.context.new_cdp_session(page)

    def touch(*way: tuple[float, float]) -> None:
        box = frame.bounding_box()
        points = [{"x": box["x"] + a * box["width"], "y": box["y"] + b * box["height"]} for a, b in way]
        fingers.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
        for point in points[1:]:
            fingers.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
            page.wait_for_timeout(16)
        fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    before = page.evaluate("scrollY")
    touch(*((0.5, 0.9 - 0.05 * i) for i in range(10)))
    page.wait_for_function("before => scrollY > before + 50", arg=before)
    opened.tool("lasso")
    frame.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    opened.after(lambda: touch((0.01, 0.01), (0.99, 0.01), (0.99, 0.99), (0.01, 0.99)))
    assert page.inner_text("#selection") == f"{N} of {N} samples selected"
    assert page.evaluate("scrollY") == before
    opened.close()
    assert opened.said == []


def test_the_shift_key_adds(opened, plain):
    opened.tool("box")
    a, _ = places(opened, plain)
    edges = np.quantile(a, [0.3, 0.7])
    opened.after(lambda: opened.drag(0, [(0.005, 0.005), (0.1, 0.5), (edges[0], 0.995)]))
    first = int(opened.page.inner_text("#selection").split()[0])
    opened.page.keyboard.down("Shift")
    opened.after(lambda: opened.drag(0, [(edges[1], 0.005), (0.9, 0.5), (0.995, 0.995)]))
    opened.page.keyboard.up("Shift")
    both = int(opened.page.inner_text("#selection").split()[0])
    assert 0 < first < both < N


def test_names_are_text_wherever_they_stand(browser, evil_page):
    opened = Opened(browser, evil_page)
    page = opened.page
    assert page.title() == page.inner_text("h1") == SCRIPT + IMAGE + END
    opened.colour_by(IMAGE)
    assert [text.split("\n")[0] for text in page.locator("#legend button").all_inner_texts()] == sorted(EVIL)
    page.fill("#search", "<")
    listed = page.inner_text("#options")
    assert all(name in listed for name in (*EVIL, "rna<b>:" + END + "total"))
    page.keyboard.press("Escape")
    assert len(opened.sizes()[0]) == 3
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert SCRIPT in page.inner_text("#pairs")
    assert page.locator("#features figcaption").all_inner_texts()[0].startswith(tuple(EVIL))
    page.locator(".plot").nth(0).scroll_into_view_if_needed()
    box = page.locator(".plot").nth(0).bounding_box()
    for share in np.linspace(0.05, 0.95, 30):  # somewhere a cell is met
        page.mouse.move(box["x"] + share * box["width"], box["y"] + share * box["height"])
    assert page.locator("main img, main script, figure b").count() == 0
    with page.expect_download() as download:
        page.get_by_label("integrated as SVG").click()
    drawn = ElementTree.parse(download.value.path()).getroot()
    assert {child.tag.split("}")[1] for child in drawn.iter()} <= {"svg", "rect", "text", "g", "circle"}
    assert set(EVIL) <= {child.text for child in drawn.iter() if child.tag.endswith("}text")}
    opened.close()
    assert opened.said == []
    assert {url.split("#")[0] for url in opened.asked if not url.startswith("blob:")} == {evil_page.as_uri()}


def test_the_table_is_sorted_and_filtered(browser, evil_page, evil):
    opened = Opened(browser, evil_page)
    page, table = opened.page, evil.uns["integrated_associations"]["table"]

    def column(i: int) -> list[str]:
        return page.locator(f"#pairs tbody tr:visible > :nth-child({i})").all_inner_texts()

    page.locator("#pairs thead button", has_text="mutual information").click()
    expected = table.sort_values("score", ascending=False)
    assert column(2) == list(expected["second"])
    assert page.locator("#pairs th[aria-sort=descending]").count() == 1
    page.locator("#pairs thead button", has_text="mutual information").click()
    assert column(2) == list(expected["second"])[::-1]
    page.fill("#filter", "PROT1")
    assert column(2) == ["prot1"]
    assert page.inner_text("#rows") == "1 of 3 rows"
    opened.close()


def test_the_link_restores_colour_and_selection(browser, opened, plain_page):
    opened.colour_by("gene0")
    opened.after(lambda: opened.page.locator("#values span", has_text="denoised").click())
    opened.tool("box")
    opened.after(lambda: opened.drag(0, [(0.005, 0.005), (0.3, 0.5), (0.5, 0.995)]))
    opened.page.wait_for_function("() => location.hash.includes('selected=')")
    sizes, words = opened.sizes(), opened.page.inner_text("#selection")
    again = Opened(browser, plain_page, fragment="#" + opened.page.url.split("#")[1])
    assert again.sizes() == sizes
    assert again.page.inner_text("#selection") == words
    assert again.page.input_value("#search") == "gene0"
    assert again.page.is_checked("input[name=denoised][value=yes]")
    again.after(lambda: again.page.evaluate("location.hash = '#colour=column:group&only=1'"))
    assert again.page.locator("#legend button[aria-pressed=true]").inner_text() == "b\n80"
    assert [sum(size.values()) - size["#dde1e6"] for size in again.sizes()] == [80] * 3
    assert again.said == []
    again.close()


@pytest.mark.parametrize(
    "fragment",
    [
        "#colour=column:none%3Csuch&only=1,x,-2,1e9",
        "#selected=AAAA",
        "#colour=column:group&selected=" + "A" * 5000,
        "#%E0%A4%A&colour",
        "#steps",
        "#colour=__proto__&only=&selected=!!",
    ],
)
def test_a_link_that_makes_no_sense_does_no_harm(browser, plain_page, fragment):
    opened = Opened(browser, plain_page, fragment=fragment)
    assert opened.page.inner_text("#selection") == f"{N} samples, none selected"
    assert [sum(sizes.values()) for sizes in opened.sizes()] == [N] * 3
    opened.close()
    assert opened.said == []


def test_a_selection_is_saved_as_a_table(opened, plain):
    opened.tool("box")
    opened.after(lambda: opened.drag(0, [(0.005, 0.005), (0.5, 0.5), (0.995, 0.995)]))
    with opened.page.expect_download() as download:
        opened.page.click("#table")
    with open(download.value.path(), newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == list(plain.obs_names)
    assert [row["group"] for row in rows] == list(plain.obs["group"])
    assert {row["half"] for row in rows} == {"first", ""}
    assert [float(row["rna:total"]) for row in rows] == list(plain["rna"].obs["total"])
    assert rows[3]["depth"] == ""
    found = np.array([float(row["depth"]) for row in rows if row["depth"]])
    np.testing.assert_allclose(found, plain.obs["depth"].dropna(), atol=1e-3)
    opened.asked = [url for url in opened.asked if not url.startswith("blob:")]


@pytest.mark.parametrize("colour", ["group", "depth"])
def test_a_map_is_saved_as_a_picture(opened, colour):
    opened.colour_by(colour)
    with opened.page.expect_download() as download:
        opened.page.get_by_label("integrated as PNG").click()
    assert download.value.suggested_filename == "integrated.png"
    with Image.open(download.value.path()) as image:
        assert image.size == (1330, 1040)
    assert ink(Path(download.value.path()).read_bytes()) > 0.005
    with opened.page.expect_download() as download:
        opened.page.get_by_label("rna as SVG").click()
    root = ElementTree.parse(download.value.path()).getroot()
    texts = ["".join(child.itertext()) for child in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[:2] == ["rna", colour]
    circles = sum(1 for _ in root.iter("{http://www.w3.org/2000/svg}circle"))
    assert circles == N + (3 if colour == "group" else 0)
    opened.asked = [url for url in opened.asked if not url.startswith("blob:")]


def test_marker_features_colour_the_map(opened, plain):
    buttons = opened.page.locator("#markers button")
    assert buttons.count() == 3 * 2 * 3  # groups, modalities, ranks
    name = buttons.nth(0).get_attribute("data-feature").split(":")[2]
    opened.after(buttons.nth(0).click)
    assert opened.page.input_value("#search") == name
    assert len(opened.sizes()[0]) > 3


def test_any_feature_is_found(opened, plain):
    markers = {
        button.get_attribute("data-feature").split(":")[2] for button in opened.page.locator("#markers button").all()
    }
    other = next(name for name in plain["rna"].var_names if name not in markers | {"gene0"})
    opened.page.fill("#search", other)
    assert "feature of rna, measured" in opened.page.inner_text("#options")
    opened.after(lambda: opened.page.press("#search", "Enter"))
    assert opened.page.is_hidden("#values")
    expected = plain["rna"][:, other].X.toarray() if hasattr(plain["rna"].X, "toarray") else plain["rna"][:, other].X
    assert len(opened.sizes()[0]) > min(3, len(np.unique(expected)))


def test_a_feature_that_is_not_on_the_page_is_named(browser, plain, folder):
    content = report.gather(plain)
    cut = tuple(replace(view, others=("gene99",)) for view in content.searchable)
    path = folder / "others.html"
    path.write_text(report.render(replace(content, searchable=cut[:1])))
    opened = Opened(browser, path)
    opened.page.fill("#search", "gene99")
    assert 'add it by --features "rna:gene99"' in opened.page.inner_text("#options")
    before = opened.sizes()
    opened.page.press("#search", "Enter")
    assert opened.sizes() == before
    opened.close()
    assert opened.said == []


def test_dark_and_light(browser, plain_page):
    opened = Opened(browser, plain_page, color_scheme="dark")
    page = opened.page

    def background() -> float:
        picture = Image.open(io.BytesIO(page.locator(".plot").nth(0).screenshot())).convert("L")
        return float(np.median(np.asarray(picture)))

    assert background() < 60
    page.locator("#features canvas").first.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelectorAll('#features canvas[data-painted]').length > 0")
    page.evaluate("scrollTo(0, 0)")
    opened.after(lambda: page.click("#theme"))
    assert background() > 240
    assert page.inner_text("#theme") == "dark"
    opened.after(lambda: page.click("#theme"))
    assert background() < 60
    opened.close()
    assert opened.said == []


def test_contents_lead_to_sections(opened):
    for link in opened.page.locator("nav a").all():
        before = opened.page.url
        link.click()
        top = opened.page.locator(link.get_attribute("href")).bounding_box()["y"]
        assert top < 880
        assert opened.page.url == before


def test_pair_plots_have_ticks(opened, plain):
    opened.page.locator("#scatters canvas").first.scroll_into_view_if_needed()
    for axis, side in (("x", "width"), ("y", "height")):
        ticks = opened.page.locator("#scatters .axed").first.locator(f".tick.{axis}")
        numbers = [float(text.replace(",", "")) for text in ticks.all_inner_texts()]
        assert 2 <= len(numbers) <= 8
        np.testing.assert_allclose(np.diff(numbers), numbers[1] - numbers[0], rtol=1e-6)
        boxes = [tick.bounding_box() for tick in ticks.all()]
        centres = [box["x"] + box["width"] / 2 if axis == "x" else -box["y"] - box["height"] / 2 for box in boxes]
        np.testing.assert_allclose(np.diff(centres), centres[1] - centres[0], atol=1.5)
        assert side in boxes[0]


def test_a_density_of_very_many(browser, plain, folder):
    path = folder / "many.html"
    path.write_text(report.render(enlarged(report.gather(plain), 120_000)))
    opened = Opened(browser, path)
    opened.colour_by("groups")
    assert ink(opened.page.locator(".plot").nth(0).screenshot()) > 0.03
    assert "drawn as a density" in opened.page.inner_text("#map-section")
    assert [sum(sizes.values()) for sizes in opened.sizes()] == [120_000] * 3
    opened.tool("box")
    opened.after(lambda: opened.drag(0, [(0.005, 0.005), (0.5, 0.5), (0.995, 0.995)]))
    assert opened.page.inner_text("#selection") == "120,000 of 120,000 samples selected"
    opened.close()
    assert opened.said == []


def test_a_phone_in_the_dark_looks_like_a_page(browser, plain_page):
    """Controls, legend, and the first map lie within the screen, one below the other."""
    opened = Opened(
        browser, plain_page, {"width": 390, "height": 800}, is_mobile=True, has_touch=True, color_scheme="dark"
    )
    boxes = [
        opened.page.locator(where).first.bounding_box() for where in ("nav", "h1", ".controls", "#legend", ".plot")
    ]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)
    assert all(a["y"] + a["height"] <= b["y"] for a, b in pairwise(boxes))
    picture = np.asarray(Image.open(io.BytesIO(opened.page.screenshot())).convert("L"))
    assert np.median(picture) < 60
    opened.close()
