"""What is needed to publish the package agrees with itself: dependencies, extras, versions, commands."""

import re
import tomllib
from pathlib import Path

import integrated_diffusion

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RECIPE = (ROOT / "recipe" / "meta.yaml").read_text(encoding="utf-8")
INSTALL = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_recipe_has_the_dependencies_of_the_project():
    runs = RECIPE.split("  run:\n")[1].split("\ntest:")[0]
    found = dict(re.findall(r"^    - ([a-z0-9-]+) >=([\d.]+)$", runs, flags=re.MULTILINE))
    wanted = dict(dependency.split(">=") for dependency in PROJECT["dependencies"])
    wanted["matplotlib-base"] = wanted.pop("matplotlib")  # conda-forge's name without a window system
    assert found == wanted


def test_the_recipe_has_the_version_and_the_commands():
    assert f'{{% set version = "{integrated_diffusion.__version__}" %}}' in RECIPE
    for name, target in PROJECT["scripts"].items():
        assert f"- {name} = {target}" in RECIPE


def test_extras_for_users_are_described_and_locked():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for extra in set(PROJECT["optional-dependencies"]) - {"dev", "docs", "test", "experiments"}:
        assert f"integrated-diffusion[{extra}]" in INSTALL
        if extra != "torch":
            for dependency in PROJECT["optional-dependencies"][extra]:
                name = re.split(r"[>=<\[]", dependency)[0]
                assert f"\n{name}==" in f"\n{lock}", dependency


def test_interpreters_are_the_same_everywhere():
    versions = re.findall(r"Python :: (3\.\d+)", " ".join(PROJECT["classifiers"]))
    assert PROJECT["requires-python"] == f">={versions[0]}"
    for version in versions:
        assert version in INSTALL
        assert version in README
