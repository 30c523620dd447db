"""The site in a real browser: on a phone, in the dark, and its search."""

from __future__ import annotations

import functools
import http.server
import io
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

DOCS = Path(__file__).parents[1] / "docs"
PAGES = ("index.md", "install.md", "faq.md", "which_tool.md", "method.md", "citing.md")
"""Pages without code that runs, which Sphinx builds in seconds."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        shutil.which("/usr/bin/chromium") is None, reason="needs Debian's chromium in /usr/bin/chromium"
    ),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A part of the site, served from this process."""
    pytest.importorskip("sphinx", reason="comes with the extra 'docs'")
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    for folder in ("extensions", "_static"):
        shutil.copytree(DOCS / folder, source / folder)
    (source / "images").mkdir()
    shutil.copy(DOCS / "images" / "cells.png", source / "images")
    for name in ("conf.py", *PAGES):
        shutil.copy(DOCS / name, source)
    command = [sys.executable, "-m", "sphinx", "-q", str(source), str(built)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    handler = functools.partial(Quiet, directory=str(built))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *words) -> None:
        pass


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--headless", "--no-sandbox"])
        yield browser
        browser.close()


def brightness(page) -> float:
    return float(np.median(np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("L"))))


@pytest.mark.parametrize("name", [name.removesuffix(".md") for name in PAGES])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_on_a_phone(site, browser, name, scheme):
    context = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme=scheme, is_mobile=True)
    page = context.new_page()
    page.goto(f"{site}/{name}.html")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert brightness(page) < 70 if scheme == "dark" else brightness(page) > 230
    context.close()


def test_a_picture_in_the_dark_has_a_light_ground(site, browser):
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(f"{site}/index.html")
    picture = page.locator("article img").first
    assert picture.evaluate("image => getComputedStyle(image).backgroundColor") == "rgb(255, 255, 255)"
    context.close()


def test_formulas_are_drawn_and_stay_on_a_phone(site, browser):
    context = browser.new_context(viewport={"width": 390, "height": 800}, is_mobile=True)
    page = context.new_page()
    page.goto(f"{site}/method.html")
    boxes = [box.bounding_box() for box in page.locator("div.math").all()]
    assert len(boxes) >= 10
    assert all(box["height"] > 20 and box["x"] + box["width"] <= 390 for box in boxes)
    for formula in page.locator("div.math:has(.eqno)").all():  # the number is beside or below, never on the formula
        drawn, number = formula.locator("div").bounding_box(), formula.locator(".eqno").bounding_box()
        assert drawn["y"] + drawn["height"] <= number["y"] + 1 or drawn["x"] + drawn["width"] <= number["x"] + 1
    context.close()


def test_a_search_finds_pages_with_excerpts(site, browser):
    page = browser.new_page()
    page.goto(f"{site}/search.html?q=leakage")
    page.wait_for_selector("#search-results .context", timeout=20_000)
    assert "Questions that people ask" in page.inner_text("#search-results")
    assert "leakage" in page.locator("#search-results .context").first.inner_text().lower()
    page.close()


def test_commands_can_be_copied(site, browser):
    page = browser.new_page()
    for name in PAGES:
        page.goto(f"{site}/{name.removesuffix('.md')}.html")
        for text in page.locator("pre, code").all_inner_texts():
            assert not set(text) & set("“”‘’–—"), (name, text)
    page.close()
