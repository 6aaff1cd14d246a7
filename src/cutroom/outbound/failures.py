"""From what went wrong on the network to what is told to the user: one table for statuses, one for exceptions."""

from __future__ import annotations

from cutroom.kernel.errors import CutroomError, ErrorCode

REFUSED_HEADER = "X-Cutroom-Refused"
"""Set by the egress proxy on its own answers: ``address`` or ``unreachable``."""
REFUSED_REASON = "Cutroom refused the address"
UNRESOLVED_REASON = "Cutroom could not resolve the host"
UNREACHABLE_REASON = "Cutroom could not reach the host"

_AGAIN = "Check the link and the connection, then try again."
_STATUSES: dict[int, tuple[ErrorCode, str, str]] = {
    401: (
        ErrorCode.SOURCE_PRIVATE,
        "The link asks for a login.",
        "Download the file in your browser and give the file instead.",
    ),
    403: (
        ErrorCode.SOURCE_PRIVATE,
        "The server does not let this file be fetched.",
        "If the link was made for you, it may have expired: make a new one, or give the file instead.",
    ),
    404: (ErrorCode.SOURCE_NOT_FOUND, "There is nothing at this link.", "Check the link for typing errors."),
    410: (ErrorCode.SOURCE_NOT_FOUND, "What was at this link has been removed.", "Ask its owner for a new link."),
    429: (
        ErrorCode.SOURCE_UNREACHABLE,
        "The server says it has been asked too often.",
        "Wait some minutes, then try again.",
    ),
    451: (
        ErrorCode.SOURCE_GEO_BLOCKED,
        "The server may not show this where you are.",
        "Give a file of it instead, if you have the right to.",
    ),
}


def refused_address() -> CutroomError:
    """The guard's no."""
    return CutroomError(
        ErrorCode.SOURCE_REFUSED_ADDRESS,
        "The address of this link is not public.",
        next_step="Use a link to a public server; the operator of this server can allow private networks.",
    )


def failure_of_status(status: int, refused: str | None = None) -> CutroomError | None:
    """The error an answer means; None below 400. ``refused`` is the value of ``REFUSED_HEADER``."""
    if status < 400:
        return None
    if refused == "address" and status == 403:
        return refused_address()
    if refused is not None:
        return _unreachable("The server of this link could not be reached.", f"status {status}")
    known = _STATUSES.get(status)
    if known is not None:
        code, message, next_step = known
        return CutroomError(code, message, next_step=next_step, detail=f"status {status}", status=status)
    if status >= 500:
        return _unreachable(f"The server of this link has a problem of its own (status {status}).", f"status {status}")
    return _unreachable(f"The server refused the request (status {status}).", f"status {status}")


def failure_of_exception(error: Exception) -> CutroomError:
    """The error a failed exchange means. The exception's own text goes to the log only: it can name addresses."""
    text, kind = str(error), type(error).__name__
    if REFUSED_REASON in text:
        return refused_address()
    detail = f"{kind}: {text[:300]}"
    if UNRESOLVED_REASON in text:
        return _unreachable("The server of this link does not exist, or its name cannot be looked up.", detail)
    if kind in {"InvalidURL", "UnsupportedProtocol", "LocalProtocolError"}:
        return CutroomError(
            ErrorCode.INVALID_REQUEST, "This is not a link that can be fetched.", next_step=_AGAIN, detail=detail
        )
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return CutroomError(
            ErrorCode.SOURCE_UNREACHABLE,
            "The server could not prove that it is the one in the link: its certificate is not valid.",
            next_step="If your network replaces certificates, point SSL_CERT_FILE to its certificate file.",
            detail=detail,
        )
    if "Timeout" in kind:
        return _unreachable("The server took too long to answer.", detail)
    if kind in {"ReadError", "RemoteProtocolError", "WriteError"}:
        return _unreachable("The connection broke off.", detail)
    return _unreachable("The server of this link could not be reached.", detail)


def _unreachable(message: str, detail: str) -> CutroomError:
    return CutroomError(ErrorCode.SOURCE_UNREACHABLE, message, next_step=_AGAIN, detail=detail)
