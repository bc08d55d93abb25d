"""One checkpoint: its three files, its metadata, and what makes it whole.

``checkpoint_iterN_metadata.json`` is the commit mark. It is written last and names size and digest
of the other two files and a digest of itself; without it, or with any byte changed, there is no
checkpoint N. See ``docs/CHECKPOINT_FORMAT.md``.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import holdem
from holdem import _core
from holdem.checkpoint.metadata import mistyped
from holdem.errors import (
    CheckpointError,
    DamagedCheckpointError,
    DataFileError,
    DataFileMismatchError,
    IncompatibleCheckpointError,
)
from holdem.quoting import quoted
from holdem.storage.datafile import Array, DataFile, FileDigest, file_digest
from holdem.storage.durable import fsync_directory, make_directory, replace_file, temporary_name

Json: TypeAlias = "Mapping[str, Json] | list[Json] | str | int | float | bool | None"

FORMAT = "holdem-checkpoint"
FORMAT_VERSION = 1
MAX_METADATA_BYTES = 16 << 20
# Fields of the metadata that the checkpoint itself writes; the rest is its owner's.
OWN_FIELDS = ("format", "format_version", "library_version", "iteration", "files", "digest")

_FILE_NAME = re.compile(r"checkpoint_iter(0|[1-9][0-9]{0,18})(_regrets\.pkl|\.pkl|_metadata\.json)")


def iteration_of(name: str) -> int | None:
    """Returns the iteration in the name of a checkpoint's file, None for any other name."""
    match = _FILE_NAME.fullmatch(name)
    return int(match[1]) if match else None


@dataclass(frozen=True)
class Checkpoint:
    """The files of one iteration; that they exist and are sound is for ``verify`` to say.

    Attributes:
        directory: The ``checkpoints`` directory.
        iteration: Completed iterations.
    """

    directory: Path
    iteration: int

    @property
    def regrets_path(self) -> Path:
        return self.directory / f"checkpoint_iter{self.iteration}_regrets.pkl"

    @property
    def policy_path(self) -> Path:
        return self.directory / f"checkpoint_iter{self.iteration}.pkl"

    @property
    def metadata_path(self) -> Path:
        return self.directory / f"checkpoint_iter{self.iteration}_metadata.json"

    @property
    def paths(self) -> tuple[Path, Path, Path]:
        """The three files in the order in which they are written."""
        return self.regrets_path, self.policy_path, self.metadata_path

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """The metadata, verified against its own digest.

        Raises:
            DamagedCheckpointError: It is not what was written.
            IncompatibleCheckpointError: It is of a format that this version does not know.
        """
        metadata, found = self._parsed_metadata()
        if metadata.get("digest") != found:
            _damaged(self.metadata_path, f"digest {quoted(metadata.get('digest'))}", quoted(found))
        if metadata.get("format") != FORMAT or metadata.get("format_version") != FORMAT_VERSION:
            names = ("format", "format_version", "library_version")
            form, version, library = (quoted(metadata.get(name)) for name in names)
            raise IncompatibleCheckpointError(
                f"{self.metadata_path}: written as {form} version {version} by library version"
                f" {library}; this library ({holdem.__version__}) reads"
                f" {FORMAT!r} version {FORMAT_VERSION}"
            )
        if metadata.get("iteration") != self.iteration:
            found = quoted(metadata.get("iteration"))
            _damaged(self.metadata_path, f"iteration {self.iteration}", found)
        for kind, path in (("regrets", self.regrets_path), ("policy", self.policy_path)):
            _check_file_entry(self.metadata_path, metadata, kind, path.name)
        if (wrong := mistyped(metadata)) is not None:
            _damaged(self.metadata_path, "metadata of a training run", wrong)
        return metadata

    def metadata_with(self, *fields: str) -> dict[str, Any]:
        """Returns the metadata if all of these fields are in it.

        Raises:
            DamagedCheckpointError: As ``metadata``.
            IncompatibleCheckpointError: One is not, or the metadata is of another format.
        """
        lacking = [field for field in fields if field not in self.metadata]
        if lacking:
            raise IncompatibleCheckpointError(
                f"{self.metadata_path}: not saved by a training run: it has no {', '.join(lacking)}"
            )
        return self.metadata

    @property
    def regrets_digest(self) -> FileDigest:
        return self._digest_of("regrets")

    @property
    def policy_digest(self) -> FileDigest:
        return self._digest_of("policy")

    @property
    def size_bytes(self) -> int:
        """Bytes of the two data files together, as the metadata has them."""
        return self.regrets_digest.size_bytes + self.policy_digest.size_bytes

    def regrets(self) -> DataFile:
        """Opens the regrets; see ``load`` for reading them verified."""
        with self._reading():
            return DataFile.open(self.regrets_path)

    def policy(self) -> DataFile:
        """Opens the average strategy; see ``load`` for reading it verified."""
        with self._reading():
            return DataFile.open(self.policy_path)

    def check_sizes(self) -> None:
        """Verifies all that costs no reading of the tables: the metadata and the file sizes."""
        self.__dict__.pop("metadata", None)  # what the file says now
        for path, digest in self._expected():
            with self._reading():
                found = path.stat().st_size if path.exists() else None
            if found != digest.size_bytes:
                size = "nothing there" if found is None else f"{found:,} bytes"
                _damaged(path, f"{digest.size_bytes:,} bytes", size)

    def verify(self) -> None:
        """Reads every byte of the three files and compares sizes and digests.

        Raises:
            DamagedCheckpointError: A file is missing or not the one that was written.
            IncompatibleCheckpointError: Sound metadata of another format.
            CheckpointError: A file cannot be read for a reason that does not lie in it.
        """
        self.check_sizes()
        for path, digest in self._expected():
            with self._reading():
                found = file_digest(path)
            if found != digest:
                _damaged(path, str(digest), str(found))

    def hold(self) -> tuple[DataFile, DataFile]:
        """Opens regrets and policy, verified, so that they stay readable whoever removes them.

        Raises:
            DamagedCheckpointError, CheckpointError: As ``verify``.
        """
        self.check_sizes()
        with self._reading():
            files = (
                DataFile.open(self.regrets_path, hold=True),
                DataFile.open(self.policy_path, hold=True),
            )
            for file, (_, digest) in zip(files, self._expected(), strict=True):
                file.verify(digest)
        return files

    def problem(self, *, read_all: bool) -> str | None:
        """Returns what is wrong with it, ``None`` if nothing is.

        Args:
            read_all: Whether every byte is read, or only what costs no reading of the tables.
        """
        try:
            self.verify() if read_all else self.check_sizes()
        except CheckpointError as error:
            return str(error)
        return None

    def load(self, regrets: Mapping[str, Array], policy: Mapping[str, Array]) -> None:
        """Fills arrays by name and verifies the whole checkpoint, reading each file once.

        Raises:
            DamagedCheckpointError, CheckpointError: As ``verify``; the arrays then hold rubbish.
            IncompatibleCheckpointError: An array is not in the file as asked for.
        """
        self.check_sizes()
        with self._reading():
            DataFile.open(self.regrets_path).load_into(regrets, self.regrets_digest)
            DataFile.open(self.policy_path).load_into(policy, self.policy_digest)

    def commit(
        self, regrets: FileDigest, policy: FileDigest, metadata: Mapping[str, Json]
    ) -> dict[str, Any]:
        """Writes the metadata, after which the checkpoint exists. Returns it.

        Raises:
            ValueError: ``metadata`` is no JSON, or has a field of ``OWN_FIELDS``.
            OSError: The file system refused.
        """
        whole = compose_metadata(
            self.iteration,
            {
                "regrets": _file_entry(self.regrets_path, regrets),
                "policy": _file_entry(self.policy_path, policy),
            },
            metadata,
        )
        replace_file(self.metadata_path, json.dumps(whole, indent=2).encode() + b"\n")
        return whole

    def link_into(self, directory: Path) -> None:
        """Puts the same files into another run's ``checkpoints`` directory, durably and in order.

        As links where the file system can: nothing ever changes a checkpoint's file in place.

        Raises:
            CheckpointError: The file system refuses.
        """
        try:
            make_directory(directory, within=directory.parent)
            for path in self.paths:
                _link(path, directory / path.name)
                fsync_directory(directory)
        except OSError as error:
            raise CheckpointError(f"{directory}: {error}") from error

    def _expected(self) -> tuple[tuple[Path, FileDigest], ...]:
        return (self.regrets_path, self.regrets_digest), (self.policy_path, self.policy_digest)

    def _digest_of(self, kind: str) -> FileDigest:
        entry = self.metadata["files"][kind]
        return FileDigest(entry["size_bytes"], entry["xxh64"])

    def _parsed_metadata(self) -> tuple[dict[str, Any], str]:
        """Returns the metadata and the digest of what it says."""
        path = self.metadata_path
        with self._reading():
            if not path.is_file():
                _damaged(path, "the metadata of a checkpoint", "nothing there")
            size = path.stat().st_size
            if size > MAX_METADATA_BYTES:
                _damaged(path, f"at most {MAX_METADATA_BYTES} bytes", f"{size}")
            content = path.read_bytes()
        try:
            metadata = json.loads(content, object_pairs_hook=_unique, parse_constant=_no_constant)
            if not isinstance(metadata, dict):
                raise ValueError(f"a {type(metadata).__name__}")
            return metadata, metadata_digest(metadata)
        except (ValueError, RecursionError) as error:
            _damaged(path, "a JSON object", f"{len(content)} bytes that are none ({error})")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Tells damage of the files from a request or a system that is at fault."""
        try:
            yield
        except DataFileMismatchError as error:
            raise IncompatibleCheckpointError(str(error)) from error
        except DataFileError as error:
            raise DamagedCheckpointError(str(error)) from error
        except OSError as error:
            of_the_file = error.errno in (errno.EIO, errno.ENOENT)  # unreadable, or removed
            kind = DamagedCheckpointError if of_the_file else CheckpointError
            raise kind(f"cannot read {error.filename or self.metadata_path}: {error}") from error


def _link(path: Path, name: Path) -> None:
    try:
        name.hardlink_to(path)
    except FileExistsError:  # of an earlier attempt
        return
    except OSError:  # another file system, or one without links
        temporary = temporary_name(name)
        shutil.copyfile(path, temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(name)


def compose_metadata(
    iteration: int, files: Mapping[str, Json], metadata: Mapping[str, Json]
) -> dict[str, Any]:
    """Joins the checkpoint's own fields and its owner's, and adds the digest of it all."""
    clash = sorted(set(OWN_FIELDS) & set(metadata))
    if clash:
        raise ValueError(f"the checkpoint itself writes the metadata field {', '.join(clash)}")
    whole = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "library_version": holdem.__version__,
        "iteration": iteration,
        **metadata,
        "files": files,
    }
    # What a reader will see: JSON knows no tuples and no keys but strings.
    normal: dict[str, Any] = json.loads(json.dumps(whole, allow_nan=False))
    return {**normal, "digest": metadata_digest(normal)}


def metadata_digest(metadata: Mapping[str, Any]) -> str:
    """Returns the XXH64 of the canonical JSON (sorted keys, no spaces, ASCII) without ``digest``.

    This rule outlives format versions: it is what tells a damaged file from a newer one.
    """
    rest = {key: value for key, value in metadata.items() if key != "digest"}
    state = _core.Xxh64()
    state.update(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode("ascii"))
    return f"{state.digest():016x}"


def _damaged(path: Path, expected: str, found: str) -> NoReturn:
    raise DamagedCheckpointError(f"{path}: expected {expected}, found {found}")


def _check_file_entry(path: Path, metadata: Mapping[str, Any], kind: str, name: str) -> None:
    """Checks the types of one entry of ``files``, on which the rest relies."""
    files = metadata.get("files")
    match files.get(kind) if isinstance(files, dict) else None:
        case {"name": str(found), "size_bytes": int(), "xxh64": str()} if found == name:
            return
        case entry:
            _damaged(path, f"name, size and digest of {name}", quoted(entry, 200))


def _file_entry(path: Path, digest: FileDigest) -> dict[str, Json]:
    return {"name": path.name, "size_bytes": digest.size_bytes, "xxh64": digest.xxh64_hex}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    items = dict(pairs)
    if len(items) != len(pairs):
        raise ValueError("a key that comes twice")
    return items


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"the number {name}")
