"""What this clone keeps on its remote, and whether the remote takes it: records in ``remote/``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal, TypeAlias

from msgspec.structs import replace

from handoff_md.ledger.announced import PublishedRef
from handoff_md.ledger.records import Run
from handoff_md.store.files import remove_file
from handoff_md.store.record import Kind, create_record, list_records, read_record, replace_record
from handoff_md.value import Value

_ADVICE: Final = "Move the file away: what the remote has of it is found out anew."
_KIND: Final = Kind("the record of a ref", _ADVICE, _ADVICE)
_PROBE: Final = Kind("the record of the remote", _ADVICE, _ADVICE)
_RUN: Final = Kind("the record of another clone's run", _ADVICE, _ADVICE)
_ENDING: Final = ".json"
_ADOPTED: Final = f"adopted-run{_ENDING}"

ProbeResult: TypeAlias = Literal["works", "refused", "hidden"]
"""Whether a remote takes refs, and shows them."""


class Probe(Value):
    """Whether a remote takes refs, and gives them back, as was tried once.

    ``place`` is the SHA-256 of the URLs that it was tried at; ``said`` is what the remote said.
    ``copied_from`` is not written.
    """

    remote: str
    place: str
    result: ProbeResult
    said: str = ""
    copied_from: str = ""


class AdoptedRun(Value):
    """The run that is active here, and was started in another clone, on a machine named ``host``.

    ``swept`` tells that its ref was deleted with others, and that it is to come again.
    ``copied_from`` is not written.
    """

    run: str
    host: str
    swept: bool = False
    copied_from: str = ""


def remote_folder(state: Path) -> Path:
    """Return the folder of what is known of the remote; whoever talks to it holds its lock."""
    return state / "remote"


def probe_path(state: Path) -> Path:
    """Return where it is recorded what the remote takes."""
    return remote_folder(state) / f"probe{_ENDING}"


def load_probe(state: Path) -> Probe | None:
    """Return what was found out, or None.

    Raises:
        FileError: the record can't be read.
    """
    return read_record(state, probe_path(state), _PROBE, Probe)


def save_probe(state: Path, probe: Probe) -> None:
    """Remember what was found out (FileError: it can't be written)."""
    replace_record(state, probe_path(state), probe)


def forget_probe(state: Path) -> None:
    """Have it found out anew what the remote takes (FileError: the record can't be removed)."""
    remove_file(probe_path(state))


def save_adopted(state: Path, adopted: AdoptedRun) -> None:
    """Remember that a run is another clone's (FileError: it can't be written)."""
    replace_record(state, remote_folder(state) / _ADOPTED, adopted)


def load_adopted(state: Path, run: Run) -> AdoptedRun | None:
    """Return what is known of a run of another clone; None for a run of this clone.

    Raises:
        FileError: the record can't be read.
    """
    path = remote_folder(state) / _ADOPTED
    adopted = read_record(state, path, _RUN, AdoptedRun)
    if adopted is None or adopted.run != run.token:
        return None
    return replace(adopted, host=adopted.host or "another machine")


def find_starter(state: Path, run: Run) -> str:
    """Name the machine of the clone that has started a run; empty for a run of this clone.

    Raises:
        FileError: the record can't be read.
    """
    adopted = load_adopted(state, run)
    return adopted.host if adopted else ""


def keep_ref(state: Path, kept: PublishedRef) -> None:
    """Write down what a ref is to be (FileError: it can't be written)."""
    path = _path(state, kept.name)
    if not create_record(state, path, kept):
        replace_record(state, path, kept)


def forget_ref(state: Path, name: str) -> None:
    """Keep a ref no more; one that is not kept is not missed.

    Raises:
        FileError: its record can't be removed.
    """
    remove_file(_path(state, name))


def load_ref(state: Path, name: str) -> PublishedRef | None:
    """Return what is kept of a ref, or None (FileError: it can't be read)."""
    return read_record(state, _path(state, name), _KIND, PublishedRef)


def list_refs(state: Path) -> Iterator[PublishedRef]:
    """Give all that this clone itself keeps, by name; what a copy has brought along is not its own.

    Raises:
        FileError: a record can't be read.
    """
    folder = _folder(state)
    for name in sorted(list_records(folder)):
        kept = read_record(state, folder / name, _KIND, PublishedRef)
        if kept and not kept.copied_from:
            yield kept


def _folder(state: Path) -> Path:
    return remote_folder(state) / "refs"


def _path(state: Path, name: str) -> Path:
    # No name of a session holds a comma.
    return _folder(state) / f"{name.removeprefix('refs/handoff/').replace('/', ',')}{_ENDING}"
