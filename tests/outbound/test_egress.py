"""The one way out, over real sockets: who may use it, where it goes, and that it does not outlive its owner."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.outbound.egress import Egress, EgressPolicy
from tests.support.range_server import Route, Site

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]


def through(
    egress: Egress, target: str, method: str = "GET", *, credential: str | None = None
) -> tuple[int, str, dict[str, str]]:
    """Status, reason and headers of one bare request to the proxy."""
    proxy = urlsplit(egress.proxy_url)
    secret = credential if credential is not None else f"{proxy.username}:{proxy.password}"
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port or 0, timeout=20)
    try:
        headers = {"Proxy-Authorization": f"Basic {b64encode(secret.encode()).decode()}"} if secret else {}
        connection.request(method, target, headers=headers)
        reply = connection.getresponse()
        return reply.status, reply.reason, {k.lower(): v for k, v in reply.getheaders()}
    finally:
        connection.close()


def alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{process_id}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


def gone_within(process_id: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not alive(process_id):
            return True
        time.sleep(0.02)
    return False


def test_it_starts_on_first_use_and_quickly() -> None:
    egress = Egress()
    assert egress.process_id is None
    begun = time.monotonic()
    assert egress.proxy_url.startswith("http://")
    took = time.monotonic() - begun
    assert egress.process_id is not None
    process = egress.process_id
    egress.close()
    egress.close()
    assert not alive(process)
    assert took < 5  # 0.35 s alone on the machine; the bound only has to notice a hang
    with pytest.raises(CutroomError):
        _ = egress.proxy_url


def test_many_threads_get_the_same_proxy() -> None:
    with Egress() as egress, ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: egress.proxy_url, range(16)))) == 1


def test_each_start_has_its_own_credential_and_none_passes_without_it(egress: Egress, site: Site) -> None:
    site.routes["/"] = Route(b"open")
    with Egress(egress.policy) as other:
        stranger = urlsplit(other.proxy_url)
        for credential in ("", "cutroom:", "cutroom:guess", f"{stranger.username}:{stranger.password}"):
            for method, target in (("GET", site.url("/")), ("CONNECT", f"{site.host}:{site.port}")):
                assert through(egress, target, method, credential=credential)[0] == 407
    assert site.connections == 0


def test_it_listens_on_loopback_only(egress: Egress) -> None:
    port = urlsplit(egress.proxy_url).port
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = [entry[1] for entry in listening if entry[1].endswith(f":{port:04X}") and entry[3] == "0A"]
    assert ours == [f"0100007F:{port:04X}"]


REFUSED = ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]",
           "[::ffff:7f00:1]", "[::127.0.0.1]", "0.0.0.0",
           "[::]", "127.0.0.1.", "LOCALHOST."]  # fmt: skip


@pytest.mark.parametrize("host", REFUSED)
def test_private_hosts_are_refused_in_every_spelling(egress: Egress, private: Site, host: str) -> None:
    status, reason, headers = through(egress, f"http://{host}:{private.port}/")
    assert (status, headers.get("x-cutroom-refused")) == (403, "address")
    status, reason, headers = through(egress, f"{host}:{private.port}", "CONNECT")
    assert (status, headers.get("x-cutroom-refused")) == (403, "address")
    assert "refused" in reason
    assert private.connections == 0


@pytest.mark.parametrize("host", ["169.254.169.254", "10.0.0.1", "192.168.0.1", "100.64.0.1", "[fe80::1]", "[fd00::1]"])
def test_other_private_networks_are_refused_without_trying(egress: Egress, host: str) -> None:
    begun = time.monotonic()
    assert through(egress, f"http://{host}/latest/meta-data/")[0] == 403
    assert time.monotonic() - begun < 2


def test_failures_to_reach_are_told_apart_from_refusals(egress: Egress) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        closed = unused.getsockname()[1]
    for target, method in (("http://no-such-host.invalid/", "GET"), ("no-such-host.invalid:443", "CONNECT"),
                           (f"http://127.0.0.2:{closed}/", "GET"), (f"127.0.0.2:{closed}", "CONNECT")):  # fmt: skip
        status, _, headers = through(egress, target, method)
        assert (status, headers.get("x-cutroom-refused")) == (502, "unreachable")


def test_the_server_learns_neither_the_credential_nor_the_proxy(egress: Egress, site: Site) -> None:
    site.routes["/"] = Route(b"hello")
    assert through(egress, site.url("/"))[0] == 200
    assert {"proxy-authorization", "via", "proxy-connection", "x-forwarded-for"} & set(site.hits[0].headers) == set()


def test_a_second_request_on_one_connection_never_reaches_the_first_host(egress: Egress, site: Site) -> None:
    """proxy.py would send it there whatever host it names, our credential included."""
    site.routes["/"] = Route(b"hello")
    proxy = urlsplit(egress.proxy_url)
    secret = b64encode(f"{proxy.username}:{proxy.password}".encode()).decode()
    request = "GET http://{}/{} HTTP/1.1\r\nHost: {}\r\nProxy-Authorization: Basic " + secret + "\r\n\r\n"
    with socket.create_connection(("127.0.0.1", proxy.port or 0), timeout=10) as connection:
        first, second = f"{site.host}:{site.port}", "other.invalid"
        connection.sendall(request.format(first, "", first).encode())
        answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200")
        try:
            connection.sendall(request.format(second, "second", second).encode())
            while connection.recv(65536):
                pass
        except OSError:
            pass
    assert [hit.path for hit in site.hits] == ["/"]


def test_a_name_is_resolved_once_for_judging_and_connecting(tmp_path: Path) -> None:
    """A name server that answers differently the second time (DNS rebinding) is never asked a second time."""
    count = tmp_path / "asked"
    (tmp_path / "sitecustomize.py").write_text(
        textwrap.dedent(f"""
            import socket
            real = socket.getaddrinfo
            def answer(host, port, *rest, **more):
                if host != "rebinding.example":
                    return real(host, port, *rest, **more)
                with open({str(count)!r}, "a") as file:
                    file.write("x")
                address = "127.0.0.2" if len(open({str(count)!r}).read()) == 1 else "127.0.0.1"
                return real(address, port, *rest, **more)
            socket.getaddrinfo = answer
        """)
    )
    with pytest.MonkeyPatch.context() as patch, Site({"/": Route(b"private")}) as private:
        patch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
        with Egress(EgressPolicy(allowed_hosts=("127.0.0.2",))) as egress:
            through(egress, f"http://rebinding.example:{private.port}/")
            assert count.read_text() == "x"
            assert private.connections == 0
            assert through(egress, f"http://rebinding.example:{private.port}/")[0] == 403
            assert private.connections == 0


def test_private_networks_can_be_allowed_and_still_go_through_it(private: Site) -> None:
    private.routes["/"] = Route(b"mine")
    with Egress(EgressPolicy(allow_private_networks=True)) as egress:
        assert through(egress, private.url("/"))[0] == 200
    assert len(private.hits) == 1


def test_memory_stays_flat_while_much_flows_and_while_the_reader_sleeps(egress: Egress, site: Site) -> None:
    site.routes["/"] = Route(bytes(96 * 1024 * 1024))
    proxy = urlsplit(egress.proxy_url)
    secret = b64encode(f"{proxy.username}:{proxy.password}".encode()).decode()

    def peak() -> int:
        status = Path(f"/proc/{egress.process_id}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0])

    through(egress, site.url("/nothing"))
    before = peak()
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port or 0, timeout=20)
    connection.request("GET", site.url("/"), headers={"Proxy-Authorization": f"Basic {secret}"})
    reply = connection.getresponse()
    time.sleep(0.5)
    total = 0
    while piece := reply.read(1024 * 1024):
        total += len(piece)
    connection.close()
    assert total == 96 * 1024 * 1024
    assert peak() - before < 24 * 1024


def test_a_slow_server_holds_up_nobody_else(egress: Egress, site: Site) -> None:
    site.routes |= {"/slow": Route(b"late", delay=2), "/quick": Route(b"soon")}
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(through, egress, site.url("/slow"))
        time.sleep(0.2)
        begun = time.monotonic()
        assert through(egress, site.url("/quick"))[0] == 200
        assert time.monotonic() - begun < 1
        assert slow.result()[0] == 200


def test_a_proxy_that_died_is_replaced(site: Site) -> None:
    site.routes["/"] = Route(b"hello")
    with Egress(EgressPolicy(allowed_hosts=("127.0.0.2",))) as egress:
        assert through(egress, site.url("/"))[0] == 200
        first = egress.process_id
        assert first is not None
        os.kill(first, signal.SIGKILL)
        while egress.process_id is not None:
            time.sleep(0.01)
        assert through(egress, site.url("/"))[0] == 200
        assert egress.process_id != first


def test_it_survives_the_thread_that_started_it(site: Site) -> None:
    site.routes["/"] = Route(b"hello")
    with Egress(EgressPolicy(allowed_hosts=("127.0.0.2",))) as egress:
        starter = threading.Thread(target=lambda: egress.proxy_url)
        starter.start()
        starter.join()
        time.sleep(0.2)
        assert through(egress, site.url("/"))[0] == 200


def test_it_dies_with_its_owner_even_when_that_is_killed() -> None:
    code = """
        import sys, time
        from cutroom.outbound.egress import Egress
        egress = Egress()
        egress.proxy_url
        print(egress.process_id, flush=True)
        time.sleep(60)
    """
    owner = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    with owner:
        child = int(owner.stdout.readline())
        assert alive(child)
        owner.kill()
        owner.wait()
        assert gone_within(child, 5)


def test_a_folder_with_files_named_like_libraries_is_not_imported_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("proxy", "json", "cutroom"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    with Egress() as egress:
        assert egress.proxy_url


def test_nothing_is_left_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with Egress() as egress:
        assert egress.proxy_url
    assert list(tmp_path.iterdir()) == []


def test_one_that_cannot_start_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Egress() as egress, pytest.raises(CutroomError) as caught:
        _ = egress.proxy_url
    assert caught.value.code is ErrorCode.TOOL_MISSING


def test_hits_are_counted_at_all(egress: Egress, site: Site) -> None:
    """The zeroes above mean something: the same request to an allowed host does arrive."""
    site.routes["/"] = Route(b"here")
    assert through(egress, site.url("/"))[0] == 200
    assert through(egress, f"{site.host}:{site.port}", "CONNECT")[0] == 200
    assert site.connections == 2
