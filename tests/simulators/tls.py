"""Who vouches for the simulators? An authority of one test's own, for 127.0.0.1 and localhost."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme


class Authority:
    """`context` is for servers; `ca_file` is what clients are configured to trust."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
        self.ca_file = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issued = authority.issue_cert("127.0.0.1", "localhost", key_type=trustme.KeyType.ECDSA)
        issued.configure_cert(self.context)
