"""HDF5 files that lead to other files: external storage, external and user-defined links, virtual data sets."""

from __future__ import annotations

import h5py

_INSIDE = (h5py.h5l.TYPE_HARD, h5py.h5l.TYPE_SOFT)


def check_links(file: h5py.File) -> None:
    """Raise `ValueError` if a file would be read together with bytes of other files, or contains itself.

    Whoever made the file chose which files these are, and they may be anything that the user can read.

    Parameters
    ----------
    file : h5py.File
        An open file, of which links and declarations are read, no values.

    Raises
    ------
    ValueError
        If there is such a link, or a group is a member of itself.
    """
    _check_group(file.id, "", str(_text(file.id.name)), ())


def _check_group(group: h5py.h5g.GroupID, inside: str, path: str, above: tuple[object, ...]) -> None:
    key = _key(group)
    if key in above:
        raise ValueError(
            f"{path}: expected groups within groups, found '{inside}', which contains itself; write the file again"
        )
    for name in list(group):
        here = f"{inside}/{_text(name)}"
        kind = group.links.get_info(name).type
        if kind == h5py.h5l.TYPE_EXTERNAL:
            raise _elsewhere(path, here, "a link to another file")
        if kind not in _INSIDE:
            raise _elsewhere(path, here, "a link that a program defined")
        if kind == h5py.h5l.TYPE_SOFT:
            continue  # its target is a member of this file, and checked there
        found = h5py.h5o.open(group, name)
        if isinstance(found, h5py.h5g.GroupID):
            _check_group(found, here, path, (*above, key))
        elif isinstance(found, h5py.h5d.DatasetID):
            _check_dataset(found, here, path)


def _check_dataset(dataset: h5py.h5d.DatasetID, inside: str, path: str) -> None:
    plan = dataset.get_create_plist()
    if plan.get_layout() == h5py.h5d.VIRTUAL:
        raise _elsewhere(path, inside, "values of other data sets")
    if plan.get_layout() == h5py.h5d.CONTIGUOUS and plan.get_external_count():
        raise _elsewhere(path, inside, "values in another file")


def _key(group: h5py.h5g.GroupID) -> object:
    info = h5py.h5o.get_info(group)
    return info.fileno, info.addr


def _text(name: bytes | str) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else name


def _elsewhere(path: str, inside: str, what: str) -> ValueError:
    return ValueError(
        f"{path}: expected a file that holds all its values, found {what} at '{inside}'; copy the values into the file"
    )
