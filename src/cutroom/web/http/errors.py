"""Every error of a mounted application in its dialect's shape, those of the framework too."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from cutroom.actions.service import Service
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.web.http.dialect import Dialect
from cutroom.web.http.exchange import ClientGone, Stopping, json_reply
from cutroom.web.http.guard import CRASHED, STOPPING
from cutroom.web.http.validation import sentence
from cutroom.web.http.windows import retry_after

_log = logging.getLogger(__name__)
_WORDS = {400: "The request body is not valid JSON.", 404: "Not found.", 405: "This path does not know this method."}


def install(app: FastAPI, dialect: Dialect, services: Service) -> None:
    """Register the handlers. One that is missing would let the framework's own words through."""

    def of_ours(_request: Request, error: CutroomError) -> JSONResponse:
        rendered = dialect.error(error)
        services.metrics.error(error.code.value)
        if error.detail or rendered.status >= 500:
            _log.info("refused, %s: %s", error.code.value, error.detail)
        return json_reply(rendered.status, rendered.body, retry_after(error))

    def of_the_framework(_request: Request, error: HTTPException) -> JSONResponse:
        words = _WORDS.get(error.status_code, str(error.detail))
        return json_reply(error.status_code, dialect.problem(error.status_code, words), error.headers)

    def of_the_schema(_request: Request, error: RequestValidationError) -> JSONResponse:
        wrong = CutroomError(ErrorCode.INVALID_REQUEST, sentence(error.errors(), dialect.hints))
        rendered = dialect.error(wrong)
        return json_reply(rendered.status, rendered.body)

    def of_a_crash(_request: Request, _error: Exception) -> JSONResponse:
        return json_reply(500, dialect.problem(500, CRASHED))  # the guard, which gets the exception, logs it

    def of_the_gone(_request: Request, _error: ClientGone) -> Response:
        return Response(status_code=499)  # nobody reads it; the log should not take it for a fault

    def of_our_end(_request: Request, _error: Stopping) -> JSONResponse:
        return json_reply(503, dialect.problem(503, STOPPING), {"retry-after": "5", "connection": "close"})

    handlers: dict[Any, Any] = {
        CutroomError: of_ours,
        ClientGone: of_the_gone,
        Stopping: of_our_end,
        HTTPException: of_the_framework,
        RequestValidationError: of_the_schema,
        Exception: of_a_crash,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
