"""Pictures are written whole or not at all, in few colours where that is asked for."""

import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread
from PIL import Image

from experiments.study import pictures


def test_save_makes_folders_and_leaves_nothing_else(tmp_path):
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([0, 1])
    path = tmp_path / "new" / "folder" / "picture.png"
    assert pictures.save(figure, path) == path
    assert imread(path).shape[:2] == (110, 220)
    assert [found.name for found in path.parent.iterdir()] == ["picture.png"]


def test_a_picture_that_fails_leaves_the_one_of_before(tmp_path):
    class Torn(Figure):
        def savefig(self, path, **_):
            path.write_bytes(b"half a picture")
            raise OSError("no space left")

    path = tmp_path / "picture.png"
    figure = Figure(figsize=(1, 1))
    pictures.save(figure, path)
    before = path.read_bytes()
    with pytest.raises(OSError, match="no space left"):
        pictures.save(Torn(), path)
    assert path.read_bytes() == before
    with pytest.raises(OSError, match="no space left"):
        pictures.save(Torn(), tmp_path / "new.png")
    assert not (tmp_path / "new.png").exists()


def test_a_small_picture_has_at_most_so_many_colours(tmp_path):
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([0, 1])
    path = pictures.save_small(figure, tmp_path / "small.png", dpi=50, n_colors=8)
    with Image.open(path) as picture:
        assert picture.size == (100, 50)
        assert len(picture.convert("RGB").getcolors()) <= 8
    assert imread(path)[..., :3].std() > 0.01
