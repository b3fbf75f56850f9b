"""PhonePe's own hosts, answered by the gateway as a proxy with a CA of its own."""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from mocks.phonepe.client import AdminClient
from stack.tools import node_itself
from tests.phonepe.clients import NODE, PROXIES, PYTHON, Client, Make
from tests.phonepe.conftest import running_gateway
from tests.phonepe.shop import REDIRECT, Shop, new_id
from tests.phonepe.sink import Sink

HOSTS = ("api-preprod.phonepe.com/apis/pg-sandbox", "api.phonepe.com/apis/pg", "cards.phonepe.com/apis/pg")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A gateway that is a proxy."""

    url: str
    ca: Path


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """A gateway with --tls."""
    folder = tmp_path_factory.mktemp("tls")
    with running_gateway(folder, "--tls") as port:
        yield Proxy(f"http://127.0.0.1:{port}", folder / "ca.pem")


@pytest.fixture
def shop(proxy: Proxy, sink: Sink) -> Iterator[Shop]:
    """A merchant of the proxy."""
    with closing(AdminClient(f"{proxy.url}/_admin")) as admin, closing(Shop.open(admin, proxy.url, sink, {})) as it:
        yield it


@pytest.mark.parametrize("host", HOSTS)
def test_hosts(proxy: Proxy, shop: Shop, host: str) -> None:
    """Each of PhonePe's hosts has a certificate that the CA vouches for, and the gateway behind it."""
    trust = ssl.create_default_context(cafile=str(proxy.ca))
    with httpx.Client(proxy=proxy.url, verify=trust, trust_env=False) as client:
        first, second = (client.get(f"https://{host}/v3/health") for _ in range(2))

    assert (first.json(), second.status_code) == ({"status": "UP"}, 200)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_tls_at_once(proxy: Proxy, shop: Shop, host: str) -> None:
    """Whoever speaks TLS to the port itself is answered, with a body longer than a record too."""
    trust = ssl.create_default_context(cafile=str(proxy.ca))
    port = proxy.url.rpartition(":")[2]
    with httpx.Client(verify=trust, trust_env=False, base_url=f"https://{host}:{port}") as client:
        health = [client.get("/v3/health").json() for _ in range(2)]
        long = client.post("/v1/oauth/token", data={"client_id": "x" * 100_000})

    assert health == [{"status": "UP"}] * 2
    assert long.json()["code"] == "INVALID_CLIENT"


def test_ca__served(proxy: Proxy, gateway_url: str) -> None:
    """The admin API has the CA; a gateway without TLS says how to have one."""
    ours, other = (httpx.get(f"{url}/_admin/ca.pem", trust_env=False) for url in (proxy.url, gateway_url))

    assert ours.content == proxy.ca.read_bytes()
    assert (other.status_code, "--tls" in other.json()["title"]) == (404, True)


def test_ca__named(tmp_path: Path) -> None:
    """The CA is written where the command line says."""
    ca = tmp_path / "elsewhere.pem"
    with running_gateway(tmp_path, "--tls", str(ca)):
        assert ca.read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")


def test_plain_http_on_the_same_port(shop: Shop) -> None:
    """The same port speaks plain HTTP."""
    assert shop.order().status()["state"] == "PENDING"


def test_not_trusted(proxy: Proxy) -> None:
    """A client that does not know the CA refuses, and the gateway goes on."""
    with (
        httpx.Client(proxy=proxy.url, trust_env=False) as client,
        pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        client.get("https://api.phonepe.com/v3/health")

    assert httpx.get(f"{proxy.url}/v3/health", trust_env=False).status_code == 200


def ended(line: list[str], environment: dict[str, str]) -> str:
    """What a program printed; it must end well."""
    kept = {name: value for name, value in os.environ.items() if name.lower() not in PROXIES}
    it = subprocess.run(line, capture_output=True, text=True, timeout=110, check=False, env=kept | environment)  # noqa: S603
    assert it.returncode == 0, it.stderr
    return it.stdout


HEALTH = "https://api-preprod.phonepe.com/apis/pg-sandbox/v3/health"


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_curl(proxy: Proxy) -> None:
    """A curl comes to the gateway by --proxy and --cacert."""
    line = ["curl", "-sS", "--proxy", proxy.url, "--cacert", str(proxy.ca), HEALTH]

    assert json.loads(ended(line, {})) == {"status": "UP"}


def test_node__fetch(proxy: Proxy) -> None:
    """Node's own fetch comes to the gateway by the environment alone."""
    script = f"fetch('{HEALTH}').then((answer) => answer.text()).then((text) => console.log(text))"
    environment = {"HTTPS_PROXY": proxy.url, "NODE_EXTRA_CA_CERTS": str(proxy.ca), "NODE_USE_ENV_PROXY": "1"}

    assert json.loads(ended([str(node_itself()), "-e", script], environment)) == {"status": "UP"}


JAVA = """
import java.io.*; import java.net.*;
public class Ask {
  public static void main(String[] urls) throws Exception {
    System.out.print(new String(new URI(urls[0]).toURL().openStream().readAllBytes()));
  }
}
"""


@pytest.mark.skipif(shutil.which("keytool") is None, reason="needs a JDK")
def test_java(proxy: Proxy, tmp_path: Path) -> None:
    """Java comes to the gateway by properties, with the CA in a trust store of keytool's making."""
    program, store = tmp_path / "Ask.java", tmp_path / "ca.p12"
    program.write_text(JAVA)
    imported = ["keytool", "-importcert", "-noprompt", "-file", str(proxy.ca), "-keystore", str(store)]
    ended([*imported, "-storepass", "changeit"], {})
    host, port = proxy.url.removeprefix("http://").split(":")
    properties = {"https.proxyHost": host, "https.proxyPort": port, "javax.net.ssl.trustStore": str(store)}
    properties["javax.net.ssl.trustStorePassword"] = "changeit"
    options = [f"-D{name}={value}" for name, value in properties.items()]

    assert json.loads(ended(["java", *options, str(program), HEALTH], {})) == {"status": "UP"}


@pytest.mark.parametrize(("make", "trust"), [(PYTHON, "REQUESTS_CA_BUNDLE"), (NODE, "NODE_EXTRA_CA_CERTS")])
def test_unmodified_sdk(proxy: Proxy, shop: Shop, make: Make, trust: str) -> None:
    """An SDK, changed in nothing, pays through HTTPS_PROXY and asks for the status."""
    environment = {"HTTPS_PROXY": proxy.url, trust: str(proxy.ca)}
    name = new_id()
    with Client(make, None, environment) as sdk:
        arguments = {"merchant_order_id": name, "amount": 100, "redirect_url": REDIRECT}
        answer = sdk.call(shop, "standard", "pay", "pay", **arguments)
        status = sdk.call(shop, "standard", "get_order_status", merchant_order_id=name, details=False)

    assert (answer["state"], status["amount"]) == ("PENDING", 100)
