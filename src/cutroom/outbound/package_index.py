"""The package index: which one this user has chosen, and fetching one file of it, as the launcher ``run`` does.

The index is chosen as pip and uv choose it, by their environment variables and pip's files. What comes from it is not
believed: the caller knows size and hash of what it wants.
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.progress import Progress, ProgressCallback, ignore
from cutroom.outbound.http import HttpClient, HttpResponse

DEFAULT_INDEX = "https://pypi.org/simple"
_LARGEST_PAGE = 16 << 20
_LINK = re.compile(r"""(?is)<(base|a)\b[^>]*?\bhref\s*=\s*(["'])(.*?)\2""")
_SECTIONS = ("install", "global")


@dataclass(frozen=True, slots=True)
class IndexConfig:
    """The index to ask. ``certificates`` is a file of authorities that are trusted there instead of the system's."""

    url: str = DEFAULT_INDEX
    certificates: str | None = None

    @property
    def host(self) -> str:
        """Its host, without name, password and port."""
        return urlsplit(self.url).hostname or ""


def chosen_index(env: Mapping[str, str]) -> IndexConfig:
    """The index that pip and uv would use for a user with this environment."""
    certificates = env.get("SSL_CERT_FILE") or _pip_setting("cert", env) or env.get("REQUESTS_CA_BUNDLE") or None
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL"):
        if value := env.get(name):
            # uv also takes "name=url".
            label, equals, rest = value.partition("=")
            url = rest if equals and ":" not in label else value
            return IndexConfig(url.strip().rstrip("/"), certificates)
    return IndexConfig((_pip_setting("index-url", env) or DEFAULT_INDEX).rstrip("/"), certificates)


def link_of(
    client: HttpClient, index: IndexConfig, package: str, file: str, *, cancel: CancelToken | None = None
) -> str:
    """The address from which the index wants ``file`` of ``package`` to be fetched.

    Raises the ``SOURCE_*`` codes of ``HttpClient.get``, and ``SOURCE_NOT_FOUND`` where the index does not list it.
    """
    page_url = f"{index.url}/{package}/"
    with _asking(client, page_url, cancel, accept="text/html, */*;q=0.1") as page:
        text = page.read(_LARGEST_PAGE).decode("utf-8", "replace")
    link = find_link(text, page_url, file)
    if link is None:
        raise CutroomError(ErrorCode.SOURCE_NOT_FOUND, f"The package index does not list {file}.")
    return link


def fetch_file(
    client: HttpClient,
    url: str,
    target: Path,
    *,
    size: int,
    on_progress: ProgressCallback = ignore,
    cancel: CancelToken | None = None,
) -> None:
    """Fetch what is at ``url`` into ``target``: at most ``size`` bytes and one, which a check by hash finds.

    Raises the ``SOURCE_*`` codes of ``HttpClient.get``.
    """
    done = 0
    with _asking(client, url, cancel) as response, target.open("wb") as file:
        for chunk in response.chunks():
            file.write(chunk[: size + 1 - done])
            done = min(size + 1, done + len(chunk))
            on_progress(Progress("fetching", min(1.0, done / size), done))
            if done > size:
                break


def find_link(page: str, page_url: str, file: str) -> str | None:
    """The address that an index page (its HTML form) gives for a file; None where it gives none."""
    base = page_url
    for tag, _quote, href in _LINK.findall(page):
        with contextlib.suppress(ValueError):  # an address that is none
            address = urldefrag(urljoin(base, unescape(href).strip())).url
            if tag.lower() == "base":
                base = address
            elif unquote(urlsplit(address).path).rsplit("/", 1)[-1] == file:
                return address
    return None


def _asking(
    client: HttpClient, url: str, cancel: CancelToken | None, accept: str = "*/*"
) -> AbstractContextManager[HttpResponse]:
    """A name and password inside the address become a header, which no redirect to another host takes along."""
    parts = urlsplit(url)
    login, _, place = parts.netloc.rpartition("@")
    headers = {"Accept": accept}
    if login:
        headers["Authorization"] = "Basic " + base64.b64encode(unquote(login).encode()).decode()
    return client.get(parts._replace(netloc=place).geturl(), headers=headers, cancel=cancel)


def _pip_setting(key: str, env: Mapping[str, str]) -> str | None:
    """What pip would use for ``key`` ("index-url", "cert"): its environment variable, then its files."""
    import configparser

    if value := env.get("PIP_" + key.upper().replace("-", "_")):
        return value.strip()
    parser = configparser.RawConfigParser(strict=False)
    with contextlib.suppress(configparser.Error, UnicodeDecodeError, OSError):
        parser.read(_pip_files(env), encoding="utf-8")
    for section in _SECTIONS:
        if value := parser.get(section, key, fallback=None):
            return value.strip()
    return None


def _pip_files(env: Mapping[str, str]) -> list[Path]:
    """Pip's configuration files, the weakest first."""
    chosen = env.get("PIP_CONFIG_FILE")
    if chosen == os.devnull:
        return []
    home = env.get("HOME") or "/nonexistent"
    names = [f"{place}/pip/pip.conf" for place in reversed((env.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":"))]
    names += ["/etc/pip.conf", f"{home}/.pip/pip.conf", f"{home}/Library/Application Support/pip/pip.conf"]
    names.append(f"{env.get('XDG_CONFIG_HOME') or home + '/.config'}/pip/pip.conf")
    return [Path(name) for name in ([*names, chosen] if chosen else names)]
