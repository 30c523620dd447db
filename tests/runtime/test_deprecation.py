"""Old names go on working, and each warns once with its new name."""

from __future__ import annotations

import inspect
import pickle
import sys
import types
import warnings
from dataclasses import dataclass

import pytest

from integrated_diffusion.runtime import deprecation
from integrated_diffusion.runtime.deprecation import deprecated_attribute, deprecated_keywords, deprecated_names


@pytest.fixture(autouse=True)
def _nothing_said_yet(monkeypatch):
    monkeypatch.setattr(deprecation, "_warned", set())


@deprecated_keywords(sharpness="weight_exponent")
def weighted(x, weight_exponent=4):
    return x, weight_exponent


@deprecated_keywords(rounds="n_repeats")
@dataclass(frozen=True)
class Settings:
    n_repeats: int = 1
    rounds = deprecated_attribute("rounds", "n_repeats")


@pytest.fixture
def module(monkeypatch):
    module = types.ModuleType("some_package")
    module.__path__ = []  # a package: `from` asks twice
    module.New = object()
    module.__getattr__ = deprecated_names("some_package", {"Old": "New"})
    monkeypatch.setitem(sys.modules, "some_package", module)
    return module


def test_an_old_name_of_a_module_warns_once_and_is_the_new_one(module):
    with pytest.warns(DeprecationWarning, match=r"'Old' is called 'New' now, and stops working in 0\.\d") as said:
        from some_package import Old
    assert Old is module.New
    assert said[0].filename == __file__
    assert module.Old is module.New  # in silence: warnings are errors here
    assert len(said) == 1
    with pytest.raises(AttributeError, match="'some_package' has no attribute 'Other'"):
        _ = module.Other


def test_an_old_keyword_of_a_function():
    with pytest.warns(DeprecationWarning, match="weighted: 'sharpness' is called 'weight_exponent' now") as said:
        assert weighted(1, sharpness=2) == (1, 2)
    assert said[0].filename == __file__
    assert weighted(1, sharpness=3) == (1, 3)
    assert weighted(1) == (1, 4)
    assert list(inspect.signature(weighted).parameters) == ["x", "weight_exponent"]
    with pytest.raises(TypeError, match="leave 'sharpness' out"):
        weighted(1, weight_exponent=2, sharpness=2)


def test_an_old_field_of_a_value():
    with pytest.warns(DeprecationWarning, match="Settings: 'rounds' is called 'n_repeats'") as said:
        settings = Settings(rounds=3)
    assert len(said) == 1
    assert settings == Settings(3)
    assert pickle.loads(pickle.dumps(settings)) == settings
    assert settings.rounds == 3  # warned already


def test_a_filter_that_makes_errors_of_warnings_is_heard_each_time():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            with pytest.raises(DeprecationWarning):
                weighted(1, sharpness=2)
