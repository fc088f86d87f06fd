"""The stand-in providers and the gateways of the suite, and what the tests ask them with."""

import dataclasses
import http.client
import json
import os
import pathlib
import queue
import subprocess
import threading

import openai
import pytest

HERE = pathlib.Path(__file__).resolve().parent
RELEASE = HERE.parents[2] / "target" / "release"
CONFIG = HERE.parent / "kong.yaml"
CREDENTIAL = "Bearer fake-provider-key"
# Bounds a start that never comes; nothing waits for it otherwise.
START_TIMEOUT = 30


@dataclasses.dataclass(frozen=True)
class Provider:
    name: str
    host: str
    model: str


PROVIDERS = [
    Provider("openai", "api.openai.com", "gpt-4o-mini"),
    Provider("mistral", "api.mistral.ai", "mistral-small-latest"),
    Provider("cohere", "api.cohere.com", "command-a-03-2025"),
]


class Process:
    """A binary that prints `listening … ADDR` once it accepts."""

    def __init__(self, arguments, env=None):
        self._process = subprocess.Popen(
            [str(argument) for argument in arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **(env or {})},
        )
        self._lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.port = self.another_port()

    def _read(self):
        # Read to the end: a full pipe would stop the process.
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def another_port(self):
        """Of the next `listening` line: there is one a listener."""
        while True:
            try:
                line = self._lines.get(timeout=START_TIMEOUT)
            except queue.Empty:
                self.stop()
                raise RuntimeError("no listening line") from None
            if line is None:
                raise RuntimeError(f"ended with status {self._process.wait()} before it listened")
            if line.startswith("listening"):
                return int(line.rsplit(":", 1)[1])

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Mock(Process):
    """portolan-mock, and its control requests."""

    def __init__(self, directory):
        self.ca = directory / "ca.pem"
        names = [provider.host for provider in PROVIDERS]
        super().__init__(
            [
                os.environ.get("PORTOLAN_MOCK_BIN", RELEASE / "portolan-mock"),
                *("--listen", "127.0.0.1:0"),
                *("--tls-names", ",".join(names)),
                *("--ca-out", self.ca),
                *("--expect-authorization", CREDENTIAL),
            ]
        )

    def _control(self, method, path, body=None):
        # Without TLS, on the same port.
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        try:
            connection.request(method, path, body, {"content-type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            assert answer.status < 300, text
            return json.loads(text)
        finally:
            connection.close()

    def script(self, *steps):
        self._control("POST", "/_mock/script", json.dumps(steps))

    def reset(self):
        self._control("POST", "/_mock/reset")

    def last_request(self):
        """The body of the newest request that a provider was sent."""
        return json.loads(self._control("GET", "/_mock/attempts")[-1]["body"])


class Gateway(Process):
    """portolan over the suite's file."""

    def __init__(self, mock, *more):
        resolve = [
            f"--resolve={provider.host}:443:127.0.0.1:{mock.port}" for provider in PROVIDERS
        ]
        super().__init__(
            [
                os.environ.get("PORTOLAN_BIN", RELEASE / "portolan"),
                "start",
                *("--config", os.environ.get("PORTOLAN_SDK_CONFIG", CONFIG)),
                *("--proxy-listen", "127.0.0.1:0"),
                *("--access-log", "off"),
                *("--admin-listen", "off"),
                *resolve,
                *more,
            ],
            env={
                "SSL_CERT_FILE": str(mock.ca),
                **{f"{provider.name.upper()}_AUTH_HEADER": CREDENTIAL for provider in PROVIDERS},
            },
        )

    def url(self, provider, model=None):
        return f"http://127.0.0.1:{self.port}/{provider.name}/{model or provider.model}"

    def client(self, provider, kind=openai.OpenAI):
        return kind(base_url=self.url(provider), api_key="fake-client-key", max_retries=0, timeout=30)


@pytest.fixture(scope="session")
def _mock(tmp_path_factory):
    process = Mock(tmp_path_factory.mktemp("mock"))
    yield process
    process.stop()


@pytest.fixture
def mock(_mock):
    _mock.reset()
    return _mock


@pytest.fixture(scope="session")
def gateway(_mock):
    process = Gateway(_mock)
    yield process
    process.stop()


@pytest.fixture(scope="session")
def hub_gateway(_mock):
    """Takes every request through the hub, that of the provider's own format too."""
    process = Gateway(_mock, "--force-hub")
    yield process
    process.stop()


@pytest.fixture(params=PROVIDERS, ids=lambda provider: provider.name)
def provider(request):
    return request.param


@pytest.fixture
def client(mock, gateway, provider):
    with gateway.client(provider) as client:
        yield client


@pytest.fixture
def hub_client(mock, hub_gateway, provider):
    with hub_gateway.client(provider) as client:
        yield client
