"""The stack in containers: the same promises as the embedded one, and nothing left in the engine either."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from drivers.waiting import until
from stack import choice
from stack.embedded import Stack
from stack.errors import ServiceFailedError, UnavailableError
from stack.http import Service
from stack.port_forwarder import PortForwarder
from stack.processes import ROOT, Command, Processes, plain_environment
from stack.slice import Slice

ENDS_S = 60
IN_CONTAINERS = (choice.CONTAINERS, choice.COMPOSE)


@pytest.fixture
def run(stack: Stack) -> str:
    """The label of this session's run; a skip where it has no containers."""
    if stack.services.network is None:
        pytest.skip("needs a container engine's stack: pytest --stack containers tests/stack/test_containers.py")
    return stack.services.network.run


def containers(run: str) -> list[Any]:
    """What the engine has of a run."""
    from stack.containers.engine import RUN, client

    return list(client().containers.list(all=True, filters={"label": f"{RUN}={run}"}, ignore_removed=True))


def status(url: str, path: str) -> int:
    """The status with which a server answers."""
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=ENDS_S)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status


@pytest.mark.parametrize("kind", IN_CONTAINERS)
def test_no_engine__one_line_with_the_remedy(kind: str) -> None:
    """Without an engine nothing else is taken in its place: one line names what is missing and how to get it."""
    environment = {**os.environ, "DOCKER_HOST": "unix:///nowhere/docker.sock"}
    environment.pop("RAPTORFLOW_INSIDE_COMPOSE", None)
    argv = [sys.executable, "-m", "stack", "run", "--stack", kind, "--", "true"]

    done = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603

    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("stack: no container engine answers (")
    assert "sudo apt-get install docker.io" in line


def test_unknown_stack__named_with_those_there_are() -> None:
    """A stack that the environment names and that there is not is refused by its variable's name."""
    with pytest.raises(
        UnavailableError, match="RAPTORFLOW_STACK_KIND=cloud is no stack; use one of embedded, containers"
    ):
        choice.chosen(environment={choice.VARIABLE: "cloud"})


def test_containers__reached_on_loopback_at_ports_of_the_engines_choice(
    run: str, make_slice: Callable[..., Slice]
) -> None:
    """Whatever a run publishes is on 127.0.0.1, and all that it has carries its label."""
    own = make_slice()

    published = [
        binding
        for container in containers(run)
        for bindings in container.attrs["NetworkSettings"]["Ports"].values()
        for binding in bindings or []
    ]
    assert {binding["HostIp"] for binding in published} == {"127.0.0.1"}
    assert len(published) >= 4
    assert status(own.system.base_url, "/health/ready") == 200


def test_application__has_no_rights_in_its_container(run: str, make_slice: Callable[..., Slice]) -> None:
    """The application runs as an ordinary user who cannot write to its own code, and holds no capability."""
    make_slice()
    ours = [each for each in containers(run) if "8000/tcp" in each.attrs["NetworkSettings"]["Ports"]]

    for container in ours:
        host = container.attrs["HostConfig"]
        assert (host["ReadonlyRootfs"], host["CapDrop"]) == (True, ["ALL"])
        assert container.exec_run("id -u").output.strip() != b"0"
        assert container.exec_run("touch /srv/raptorflow/owned").exit_code != 0
        assert container.exec_run("touch /tmp/free").exit_code == 0
    assert ours


def test_images__hold_no_secret(run: str, stack: Stack) -> None:
    """Neither an image's environment nor its history knows a password of the run, or is told one when it is built."""
    from stack.containers.engine import client
    from stack.containers.images import APP, GATEWAY, ensure

    secrets = stack.services.postgres.passwords.values()
    for image in (client().images.get(ensure(APP)), client().images.get(ensure(GATEWAY))):
        told = f"{image.attrs['Config']['Env']} {image.history()}"
        assert not [secret for secret in secrets if secret in told]
        assert "SECRET_KEY" not in told
        assert image.attrs["Config"]["User"] not in ("", "0", "root")


def test_killed_application__callers_wait_until_it_is_back(run: str, make_slice: Callable[..., Slice]) -> None:
    """While a killed application is away its address stays: a caller is answered once another container is up."""
    own = make_slice()
    own.kill_application()
    with closing(HTTPConnection(urlsplit(own.system.base_url).netloc, timeout=ENDS_S)) as connection:
        connection.request("GET", "/health/live")

        own.restart_application()

        assert connection.getresponse().status == 200


def test_application_that_does_not_start__named_with_its_log(run: str, make_slice: Callable[..., Slice]) -> None:
    """A setting that the application refuses is told by its own words, and its container is gone."""
    with pytest.raises(
        ServiceFailedError, match=r"RaptorFlow of slice_\S+ exited with \d+ before.*\n(.*\n)*.*RECONCILE"
    ):
        make_slice(RECONCILE_SCHEDULE="never")

    until(  # other workers' containers come and go meanwhile; one that ended and was left behind stays
        lambda: [each.name for each in containers(run) if each.status == "exited"],
        lambda left: left == [],
        "a run without ended containers",
    )


def test_log__is_in_a_file_of_the_run(run: str, make_slice: Callable[..., Slice]) -> None:
    """What an application in a container logs is where the evidence of a failure is looked for."""
    own = make_slice(LOG_LEVEL="DEBUG")
    log = own.system.log_path
    assert log is not None

    until(log.read_text, lambda said: "{" in said, "a line of the application's log")


@pytest.fixture
def kind(run: str, request: pytest.FixtureRequest) -> str:
    """The stack of this session, to begin another run of it."""
    return choice.chosen(request.config.option.stack)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_killed_harness__nothing_left_in_the_engine(kind: str, end: signal.Signals) -> None:
    """However the harness ends, killed with -9 too, its containers, its network and its folder go."""
    from stack.containers.engine import RUN, client

    argv = [sys.executable, "-m", "stack", "up", "--stack", kind]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        name = held(process)
        (container, *_) = [each for each in containers_of(name) if "app" in each.image.tags[0]]
        label = container.labels[RUN]
        process.send_signal(end)

    until(lambda: containers(label), lambda seen: seen == [], "no container left", deadline_s=ENDS_S)
    until(
        lambda: client().networks.list(filters={"label": f"{RUN}={label}"}), lambda seen: seen == [], "no network left"
    )
    until(lambda: Path(label).exists(), lambda there: not there, "no folder left")


def held(process: subprocess.Popen[str]) -> str:
    """The name of the run that ``up`` holds, once it does."""
    assert process.stdout is not None
    title = process.stdout.readline()
    assert next((line for line in process.stdout if line.startswith("Ctrl-C")), None), "it did not come up"
    return title.split()[-1]


def containers_of(name: str) -> list[Any]:
    """The containers of the run that the command line calls ``name``."""
    from stack.containers.engine import RUN, client

    found = client().containers.list(filters={"label": RUN}, ignore_removed=True)
    return [each for each in found if each.labels[RUN].endswith(f"rf-{name}")]


@pytest.fixture
def forwarder(tmp_path: Path) -> Iterator[tuple[PortForwarder, Service]]:
    """A port forwarder, and a server for it to lead to."""
    with Processes.start() as processes:
        forwarder = PortForwarder(tmp_path / "backend")
        argv = (sys.executable, "-m", "mocks.phonepe")
        behind = Service(processes, Command("a server", argv, tmp_path / "log", plain_environment()), "/_admin/health")
        behind.start()
        forwarder.point(behind.port)
        leads = (sys.executable, "-m", "stack.port_forwarder", str(forwarder.file))
        front = Service(
            processes, Command("the port forwarder", leads, tmp_path / "log", plain_environment()), "/_admin/health"
        )
        front.start()
        with front.listener, behind.listener:
            yield forwarder, front
            forwarder.point(None)


def test_port_forwarder__leads_to_its_target(forwarder: tuple[PortForwarder, Service]) -> None:
    """A caller of the forwarder is answered by the server that it leads to."""
    assert status(f"http://127.0.0.1:{forwarder[1].port}", "/_admin/health") == 200


def test_port_forwarder__callers_wait_while_it_has_no_target(forwarder: tuple[PortForwarder, Service]) -> None:
    """While the forwarder leads nowhere a caller is neither refused nor dropped, and is answered once it does."""
    leads, front = forwarder
    port = int(leads.file.read_text())
    leads.point(None)
    with closing(HTTPConnection("127.0.0.1", front.port, timeout=ENDS_S)) as connection:
        connection.request("GET", "/_admin/health")

        leads.point(port)

        assert connection.getresponse().status == 200


def test_afterwards__is_done_when_the_harness_is_killed(tmp_path: Path) -> None:
    """What a run asks for its end is done by its guard also when the harness was killed with -9."""
    done = tmp_path / "done"
    code = f"from stack.processes import Processes\np = Processes.start()\np.afterwards(('touch', {str(done)!r}))\n"
    argv = [sys.executable, "-c", f"{code}print('asked', flush=True)\nimport signal\nsignal.pause()"]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        assert process.stdout.readline() == "asked\n"
        assert not done.exists()
        process.kill()

    until(done.exists, bool, "what was to be done afterwards", deadline_s=ENDS_S)
