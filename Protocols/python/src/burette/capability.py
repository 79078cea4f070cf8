"""What a worker can measure, where it cannot measure everything."""
from __future__ import annotations

import re
from typing import Mapping, Sequence, Union

#: {"solvent": ["THF", "water"], "temperature": {"low": 20, "high": 80}}
Capability = Mapping[str, Union[Sequence[Union[str, float]], Mapping[str, float]]]


def queue_name(only: Capability) -> str:
    """The last part of the queue's name: solvent=THF,water;temperature=20~80, whatever else percent-encoded."""
    return ";".join(f"{_plain(name)}={_values(values)}" for name, values in sorted(only.items()))


def _values(values: Union[Sequence[Union[str, float]], Mapping[str, float]]) -> str:
    if isinstance(values, Mapping):
        return f"{_plain(values['low'])}~{_plain(values['high'])}"
    return ",".join(_plain(text) for text in sorted({_text(value) for value in values}))


def _text(value: Union[str, float]) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _plain(value: Union[str, float]) -> str:
    encoded = re.sub(rb"[^A-Za-z0-9_-]", lambda byte: b"%%%02X" % byte[0][0], _text(value).encode())
    return encoded.decode()
