"""What stands in for Exchange Online in the tests? README.md tells what this simulator keeps to, and what not."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

from tests.simulators.graph.api import Graph
from tests.simulators.graph.entra import Entra
from tests.simulators.graph.server import Request, Response, TlsServer


@dataclass
class GraphSimulator:
    """One listener for Graph (127.0.0.1) and Entra (localhost), and another host that nobody should ever reach."""

    context: ssl.SSLContext
    entra: Entra = field(init=False)
    graph: Graph = field(init=False)

    def __post_init__(self) -> None:
        self.server = TlsServer(self.context, self._answer)
        self.stranger = TlsServer(self.context, lambda _: Response(200, b"{}"))
        self.base_url = f"https://127.0.0.1:{self.server.port}/v1.0"
        self.authority = f"https://localhost:{self.server.port}"
        self.server.refuses = lambda: self.graph.knobs.down
        self.reset()

    def reset(self) -> None:
        """An empty tenant, with everything in order."""
        resource = f"https://127.0.0.1:{self.server.port}"
        self.entra = Entra(resource=resource, origin=self.authority)
        self.graph = Graph(self.entra, base=self.base_url, elsewhere=f"https://127.0.0.1:{self.stranger.port}/v1.0/x")
        self.stranger.connections = 0

    @property
    def violations(self) -> list[str]:
        return [*self.entra.violations, *self.graph.violations]

    def close(self) -> None:
        self.server.close()
        self.stranger.close()

    def _answer(self, request: Request) -> Response:
        try:
            if request.path[:1] == ("v1.0",) and request.host == "127.0.0.1":
                return self.graph.answer(request)
            return self.entra.answer(request)
        except Exception as error:
            self.graph.violations.append(f"the simulator itself failed: {error!r}")
            raise
