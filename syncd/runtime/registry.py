"""Which connectors are installed? Found by the entry-point group `syncd.connectors`, loaded when they are asked for.

Packaging: entry points specification (packaging.python.org). The entry's name is the `kind` of the configuration, its
value a `Manifest` (ports/connector.py). Nothing here names a connector.
"""

from __future__ import annotations

from collections import defaultdict
from importlib.metadata import EntryPoint, entry_points

from syncd.config.problems import did_you_mean
from syncd.ports.connector import Manifest
from syncd.ports.errors import Misconfigured

GROUP = "syncd.connectors"


class Registry:
    """The installed connectors, each manifest imported at most once."""

    def __init__(self) -> None:
        self._found: dict[str, list[EntryPoint]] = defaultdict(list)
        for entry in entry_points(group=GROUP):
            if entry not in self._found[entry.name]:
                self._found[entry.name].append(entry)
        self._loaded: dict[str, Manifest] = {}

    def kinds(self) -> tuple[str, ...]:
        return tuple(sorted(kind for kind, entries in self._found.items() if entries))

    def manifest(self, kind: str) -> Manifest:
        """Raises Misconfigured: not installed, offered twice, not loadable, or not what it says."""
        if kind not in self._loaded:
            self._loaded[kind] = self._load(kind)
        return self._loaded[kind]

    def _load(self, kind: str) -> Manifest:
        entries = self._found.get(kind, [])
        if not entries:
            near = did_you_mean(kind, self.kinds())
            raise Misconfigured(f"no connector of kind “{kind}” is installed", hint=near or "install its package")
        if len({entry.value for entry in entries}) > 1:
            packages = ", ".join(sorted(_package(entry) for entry in entries))
            raise Misconfigured(f"{packages} all offer the kind “{kind}”", hint="keep one of these packages installed")
        try:
            manifest = entries[0].load()
        except Exception as error:  # whatever a stranger's import raises is reported in one way
            raise Misconfigured(
                f"the connector “{kind}” of {_package(entries[0])} cannot be loaded: {error!r}",
                hint="reinstall that package, or ask its maker",
            ) from error
        if not isinstance(manifest, Manifest) or manifest.kind != kind:
            raise Misconfigured(
                f"the connector “{kind}” of {_package(entries[0])} offers no manifest of that kind",
                hint=f"{entries[0].value} must be a syncd.ports.connector.Manifest with kind “{kind}”",
            )
        return manifest


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else entry.value
