"""Values: immutable, equal by their fields. What layers hand to each other is made of them."""

from __future__ import annotations

from typing import dataclass_transform

from msgspec import Struct, field


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Value(Struct, frozen=True, gc=False):
    """The base of all values.

    The garbage collector passes over them: a value never leads back to itself.
    """
