"""Is the configuration good? Judged offline, everything at once (`syncd check`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from syncd.config.problems import ConfigurationRefused, Problem, errors_in
from syncd.ports.errors import Misconfigured
from syncd.runtime.configuration import chosen_path, read_configuration
from syncd.runtime.place import place_of


@dataclass(frozen=True, slots=True)
class Judgement:
    """`problems`: errors first to last as the file has them, warnings among them."""

    path: Path
    problems: tuple[Problem, ...]

    @property
    def good(self) -> bool:
        return not errors_in(self.problems)


def check(given: Path | None, environment: Mapping[str, str]) -> Judgement:
    """Reads files only; connects to nothing and writes nothing."""
    path = chosen_path(given, environment)
    try:
        configuration = read_configuration(path, environment)
        place_of(configuration.settings.store, configuration.folder)
    except ConfigurationRefused as refused:
        return Judgement(path, refused.problems)
    except Misconfigured as error:
        return Judgement(path, (Problem("store.url", str(error), error.hint),))
    return Judgement(path, configuration.warnings)
