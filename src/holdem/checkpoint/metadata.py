"""The types of what a training run writes into the metadata of a checkpoint.

A digest says that the bytes are those that were written, not that they were written by a run of
ours. Where the rest of the package reads a field, it is of the type that is declared here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from holdem.quoting import quoted

MAX_TEXT = 10_000

Count = Annotated[int, Field(ge=0, lt=2**63)]
InstanceNumber = Annotated[int, Field(ge=0, lt=2**32)]  # a word of the random numbers' key
Seconds = Annotated[float, Field(ge=0, le=1e12)]


def _text(value: Any) -> Any:
    # Not pydantic's own text, which has no room for the names of files that are not UTF-8.
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise ValueError(f"must be a text of at most {MAX_TEXT} characters")
    return value


Text = Annotated[Any, AfterValidator(_text)]


class _Fields(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow", allow_inf_nan=False)


class _OnlyFields(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Segment(_OnlyFields):
    seed: Count
    instance: InstanceNumber
    start: Count
    end: Count
    origin: Text = ""

    @model_validator(mode="after")
    def _begins_before_its_end(self) -> _Segment:
        if self.start > self.end:
            raise ValueError("it ends before its start")
        return self


class _SharedStart(_OnlyFields):
    iteration: Count
    inherited_iterations: Count


class _Chunk(_Fields):
    start_iteration: Count
    complete: bool


class _Training(_Fields):
    seed: Count


class _Configuration(_Fields):
    game: dict[str, Any]
    training: _Training


class _RandomNumbers(_Fields):
    instance: InstanceNumber


class _Metrics(_Fields):
    iterations_per_second: Annotated[float, Field(ge=0, le=1e18)] = 0.0
    memory_bytes: Count = 0


def _absent() -> Any:
    """Stands for a field that may be absent and cannot be null."""


class _Metadata(_Fields):
    """All may be absent, as a store saves what its owner has: ``Checkpoint.metadata_with``."""

    instance: InstanceNumber = 0
    num_instances: Count | None = None
    iteration_range: Annotated[list[Count], Field(min_length=2, max_length=2)] | None = None
    sync_interval: Count | None = None
    shared_start: _SharedStart | None = None
    history: list[_Segment] = []
    merged: bool = False
    configuration: _Configuration = Field(default_factory=_absent)
    bucket_hash: Text | None = None
    rng: _RandomNumbers = Field(default_factory=_absent)
    elapsed_seconds: Seconds = 0.0
    elapsed_seconds_total: Seconds = 0.0
    chunk_elapsed_seconds: Seconds = 0.0
    chunk: _Chunk | None = None
    parent_checkpoint: Text | None = None
    metrics: _Metrics | None = None


def mistyped(metadata: Mapping[str, Any]) -> str | None:
    """Returns the first field that is not of its type, with its value; ``None`` if all are."""
    try:
        _Metadata.model_validate(dict(metadata))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        return f"{quoted(field)} = {quoted(first['input'])} ({first['msg']})"
    return None
