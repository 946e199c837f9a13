"""What does the process remember between transactions? Versions of desk and terms, and when sources were last read.

Nothing of it is needed for correctness after a restart (REL-3): versions are read again, and so are sources.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from syncd.store.sources import Readings
from syncd.store.versions import Versions


@dataclass(frozen=True, slots=True)
class Memory:
    versions: Versions = field(default_factory=Versions)
    readings: Readings = field(default_factory=Readings)
