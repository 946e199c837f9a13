"""Who calls? Programs of the desk prove themselves by a key (RFC 6750), and do what its scopes say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from syncd.domain.programs import ProgramKey, Scope, digest_of_key
from syncd.web.problems import ProblemRaised
from syncd.web.visit import House

KEY_CHARS_MAX = 200
BEARER = HTTPBearer(auto_error=False, scheme_name="key", description="A key made by `syncd key add`.")
Given = Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]


def opens(scope: Scope) -> Callable[[Request, HTTPAuthorizationCredentials | None], ProgramKey]:
    """Unknown, revoked and missing keys are told apart to nobody."""

    def program(request: Request, given: Given) -> ProgramKey:
        house: House = request.app.state.house
        access = house.services.access
        key = None
        if given is not None and access is not None and len(given.credentials) <= KEY_CHARS_MAX:
            key = access.accounts.program(digest_of_key(given.credentials))
        if key is None or key.revoked_at is not None:
            raise ProblemRaised("no-key", headers={"www-authenticate": "Bearer"})
        if scope not in key.scopes:
            raise ProblemRaised("key-scope", detail=f"It needs the scope “{scope}”.")
        return key

    return program


Books = Annotated[ProgramKey, Depends(opens(Scope.BOOK))]
Reads = Annotated[ProgramKey, Depends(opens(Scope.READ))]
Attends = Annotated[ProgramKey, Depends(opens(Scope.ATTEND))]
Administers = Annotated[ProgramKey, Depends(opens(Scope.ADMIN))]
