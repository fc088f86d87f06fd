"""The door, asked by programs that people use: curl, h2load, a WebSocket library, a browser, the OpenAI SDK with a key."""

import asyncio
import contextlib
import http.server
import json
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import threading

import httpx
import openai
import pytest
import websockets

from conftest import CREDENTIAL, Process, RELEASE

CONFIG = pathlib.Path(os.environ.get("PORTOLAN_SDK_CONFIG", RELEASE)).parent / "door.yaml"
MODEL = "gpt-4o-mini"
ASK = json.dumps({"messages": [{"role": "user", "content": "Say hi"}]})


def tool(*names):
    """The first of the programs that there is."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip(f"there is no {names[0]} here")
    return found


def run(*command, timeout=60, **options):
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, timeout=timeout, **options
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


class Upstream(http.server.BaseHTTPRequestHandler):
    """Tells what it was asked; its CORS headers are not ours."""

    protocol_version = "HTTP/1.1"

    def _answer(self):
        length = self.headers.get("content-length")
        if length is None and self.headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(length or 0))
        told = json.dumps(
            {
                "method": self.command,
                "path": self.path,
                "headers": {name.lower(): value for name, value in self.headers.items()},
                "size": len(body),
            }
        ).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(told)))
        self.send_header("x-told", "by the upstream")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(told)

    do_GET = do_HEAD = do_POST = do_PUT = _answer

    def log_message(self, *_):
        pass


class Page(http.server.BaseHTTPRequestHandler):
    """A page of another origin that asks the gateway."""

    text = ""

    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(type(self).text.encode())

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    # Room for as many connections at once as h2load makes the gateway open.
    request_queue_size = 1024


@contextlib.contextmanager
def serving(handler):
    server = Server(("localhost", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed one for `localhost`."""
    folder = tmp_path_factory.mktemp("certificate")
    run(
        *(tool("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
        *("-nodes", "-days", "2", "-subj", "/CN=localhost"),
        *("-addext", "subjectAltName=DNS:localhost"),
        *("-keyout", folder / "key.pem", "-out", folder / "cert.pem"),
    )
    return folder


@pytest.fixture(scope="module")
def page():
    with serving(Page) as port:
        yield port


@pytest.fixture(scope="module")
def echo_port():
    """A WebSocket server that sends back what it gets, in capitals; it closes with 4001 when it is told to."""
    ready = threading.Event()
    port = []
    loop = asyncio.new_event_loop()

    async def echo(connection):
        with contextlib.suppress(websockets.ConnectionClosed):
            async for message in connection:
                if message == "close":
                    await connection.close(4001, "told to")
                else:
                    await connection.send(message.upper())

    async def serve():
        server = await websockets.serve(echo, "localhost", 0, max_size=None)
        port.append(server.sockets[0].getsockname()[1])
        ready.set()
        await asyncio.Future()

    def main():
        with contextlib.suppress(asyncio.CancelledError, RuntimeError):
            loop.run_until_complete(serve())

    threading.Thread(target=main, daemon=True).start()
    assert ready.wait(10)
    yield port[0]
    loop.call_soon_threadsafe(loop.stop)


class Door(Process):
    """Portolan on a plain port, with TLS on another."""

    def __init__(self, mock, certificate, upstream, page):
        super().__init__(
            [
                os.environ.get("PORTOLAN_BIN", RELEASE / "portolan"),
                "start",
                *("--config", CONFIG),
                *("--proxy-listen", "127.0.0.1:0", "--proxy-listen", "127.0.0.1:0 ssl"),
                *("--access-log", "off", "--admin-listen", "off"),
                f"--resolve=api.openai.com:443:127.0.0.1:{mock.port}",
            ],
            env={
                "SSL_CERT_FILE": str(mock.ca),
                "OPENAI_AUTH_HEADER": CREDENTIAL,
                "DECK_UPSTREAM_PORT": str(upstream),
                "DECK_PAGE_PORT": str(page),
                "DOOR_CERT": (certificate / "cert.pem").read_text(),
                "DOOR_KEY": (certificate / "key.pem").read_text(),
            },
        )
        # The second `listening` line.
        self.tls_port = self.another_port()
        self.ca = certificate / "cert.pem"
        self.plain = f"http://localhost:{self.port}"
        self.tls = f"https://localhost:{self.tls_port}"


@pytest.fixture(scope="module")
def door(_mock, certificate, page):
    with serving(Upstream) as upstream:
        process = Door(_mock, certificate, upstream, page)
        yield process
        process.stop()


@pytest.fixture(scope="module")
def socket_door(_mock, certificate, page, echo_port):
    process = Door(_mock, certificate, echo_port, page)
    yield process
    process.stop()


def curl(door, *arguments):
    """Status, HTTP version and body."""
    out = run(
        *(tool("curl"), "--silent", "--show-error", "--cacert", door.ca, "--max-time", "30"),
        *("--write-out", "\n%{http_code} %{http_version}"),
        *arguments,
    )
    body, _, told = out.rpartition(b"\n")
    status, version = told.decode().split()
    return int(status), version, body


TRANSPORTS = {
    "http1": ("plain", "--http1.1", "1.1"),
    "h2c": ("plain", "--http2-prior-knowledge", "2"),
    "tls": ("tls", "--http1.1", "1.1"),
    "tls-h2": ("tls", "--http2", "2"),
}


@pytest.fixture(params=TRANSPORTS)
def transport(request):
    return TRANSPORTS[request.param]


def test_curl_gets_a_service(door, transport):
    listener, option, version = transport
    status, spoken, body = curl(door, option, f"{getattr(door, listener)}/plain/a%20b?x=1&y=%20")
    assert (status, spoken) == (200, version)
    told = json.loads(body)
    assert told["path"] == "/base/a%20b?x=1&y=%20"
    assert told["headers"]["x-forwarded-proto"] == ("https" if listener == "tls" else "http")
    assert told["headers"]["x-forwarded-prefix"] == "/plain"


def test_curl_uploads_without_a_length(door, transport):
    listener, option, _ = transport
    out = subprocess.run(
        [
            *(tool("curl"), "--silent", "--show-error", "--cacert", str(door.ca)),
            *("--max-time", "30", option, "--upload-file", "-"),
            f"{getattr(door, listener)}/plain/up",
        ],
        input=b"x" * 3_000_000,
        capture_output=True,
        timeout=60,
    )
    assert out.returncode == 0, out.stderr.decode()
    assert json.loads(out.stdout)["size"] == 3_000_000


def test_curl_waits_for_a_100(door):
    """curl asks `Expect: 100-continue` before a body of more than 1 MiB."""
    out = subprocess.run(
        [
            *(tool("curl"), "--silent", "--verbose", "--max-time", "30", "--http1.1"),
            *("--expect100-timeout", "20", "--header", "Expect: 100-continue"),
            *("--data-binary", "@-", f"{door.plain}/plain/up"),
        ],
        input=b"x" * 2_000_000,
        capture_output=True,
        timeout=60,
    )
    assert out.returncode == 0
    assert b"HTTP/1.1 100 Continue" in out.stderr
    assert json.loads(out.stdout)["size"] == 2_000_000


def test_curl_reads_a_stream(mock, door, transport):
    listener, option, version = transport
    body = json.dumps({**json.loads(ASK), "stream": True})
    status, spoken, body = curl(
        *(door, option, "--no-buffer", "--data", body),
        f"{getattr(door, listener)}/openai/{MODEL}/chat/completions",
    )
    assert (status, spoken) == (200, version)
    assert body.endswith(b"data: [DONE]\n\n")


def test_h2load_has_every_answer(door):
    out = run(
        *(tool("h2load"), "--requests=2000", "--clients=8", "--max-concurrent-streams=20"),
        f"{door.tls}/plain/load",
    ).decode()
    assert "2000 succeeded, 0 failed, 0 errored" in out, out
    assert "2000 2xx" in out, out


def test_h2load_over_plaintext(mock, door, tmp_path):
    (tmp_path / "ask.json").write_text(ASK)
    out = run(
        *(tool("h2load"), "--requests=1000", "--clients=4", "--max-concurrent-streams=20"),
        *("--header=content-type: application/json", f"--data={tmp_path / 'ask.json'}"),
        f"{door.plain}/openai/{MODEL}/chat/completions",
    ).decode()
    assert "1000 succeeded, 0 failed, 0 errored" in out, out
    assert "1000 2xx" in out, out


def test_a_websocket_library_talks_through(socket_door):
    async def talk(url, **options):
        async with websockets.connect(url, max_size=None, **options) as connection:
            await connection.send("hello")
            assert await connection.recv() == "HELLO"
            large = "x" * 2_000_000
            await connection.send(large)
            assert await connection.recv() == large.upper()
            await connection.send(b"\x00bytes")
            assert await connection.recv() == b"\x00BYTES"
            await connection.send("close")
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await connection.recv()
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4001, "told to")

    asyncio.run(talk(f"ws://localhost:{socket_door.port}/plain/chat"))
    trust = ssl.create_default_context(cafile=socket_door.ca)
    asyncio.run(talk(f"wss://localhost:{socket_door.tls_port}/plain/chat", ssl=trust))


PAGE = """<!doctype html><title>asks</title><pre id=out></pre><script>
const out = document.getElementById('out');
async function ask(path, options) {
  try {
    const answer = await fetch('%s' + path, options);
    const told = await answer.json();
    return [answer.status, answer.headers.get('x-told'), told.method, told.headers['x-asked']];
  } catch (error) { return 'refused'; }
}
(async () => {
  const asked = { method: 'PUT', headers: { 'X-Asked': 'yes' }, body: 'x', credentials: 'include' };
  out.textContent = JSON.stringify([
    await ask('/shared/a', asked),
    await ask('/shared/a', { ...asked, method: 'DELETE' }),
    await ask('/shared/a', { ...asked, headers: { 'X-Other': 'yes' } }),
    await ask('/plain/a', asked),
  ]);
  document.title = 'asked';
})();
</script>"""


def test_a_browsers_preflight(door, page, tmp_path):
    """Chromium enforces CORS: methods, headers and credentials as the plugin lets them, and nothing without it."""
    browser = tool("chromium", "chromium-browser", "google-chrome")
    Page.text = PAGE % door.plain
    dom = run(
        *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
        *(f"--user-data-dir={tmp_path}", "--virtual-time-budget=20000", "--dump-dom"),
        f"http://localhost:{page}/",
    ).decode()
    found = re.search(r"<pre id=\"?out\"?>(.*?)</pre>", dom)
    assert found and found[1], dom
    assert json.loads(found[1]) == [
        [200, "by the upstream", "PUT", "yes"],
        "refused",
        "refused",
        "refused",
    ]


def test_the_sdk_brings_a_key_of_the_gateways(mock, door):
    """`Authorization: Bearer …` as key-auth's key: the whole value is the key, and no provider sees it."""
    base = f"{door.plain}/keyed"
    with openai.OpenAI(base_url=base, api_key="fake-app-key", max_retries=0) as client:
        answer = client.chat.completions.create(model=MODEL, messages=json.loads(ASK)["messages"])
        assert answer.choices[0].message.content
    with openai.OpenAI(base_url=base, api_key="fake-wrong-key", max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError) as refused:
            client.chat.completions.create(model=MODEL, messages=json.loads(ASK)["messages"])
    assert refused.value.status_code == 401
    assert refused.value.body["message"] == "Unauthorized"
    assert refused.value.response.json()["message"] == "Unauthorized"
    assert refused.value.response.headers["www-authenticate"] == "Key"


def test_the_sdk_streams_over_http2(mock, door):
    with openai.OpenAI(
        base_url=f"{door.tls}/openai/{MODEL}",
        api_key="unused",
        max_retries=0,
        http_client=httpx.Client(http2=True, verify=str(door.ca)),
    ) as client:
        stream = client.chat.completions.create(
            model=MODEL, messages=json.loads(ASK)["messages"], stream=True
        )
        assert stream.response.http_version == "HTTP/2"
        chunks = list(stream)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert chunks[-1].choices[0].finish_reason == "stop"
