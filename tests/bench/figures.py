"""A measured figure beside what was promised."""

from typing import NamedTuple


class Figure(NamedTuple):
    """What was measured, as it is printed; ``met`` is None where nothing was promised."""

    name: str
    value: str
    target: str
    met: bool | None
