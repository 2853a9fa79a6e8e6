"""Speaking with a Docker Engine: over TLS, through its restarts, and what it writes about instants."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from tests.support.certificates import Authority
from tests.support.docker import Engine, Unavailable
from tests.support.server import free_port

from clockhouse.docker import Address, Docker, EngineError, instant


def test_instants_are_read_to_the_microsecond():
    assert instant("2026-11-22T06:39:32.756687628Z") == datetime(2026, 11, 22, 6, 39, 32, 756687, UTC)
    assert instant("2026-11-22T06:39:32.5Z") == datetime(2026, 11, 22, 6, 39, 32, 500000, UTC)
    assert instant("0001-01-01T00:00:00Z") == datetime(1, 1, 1, tzinfo=UTC)


def test_certificates_that_are_not_there_are_said(tmp_path):
    with pytest.raises(EngineError, match=r"can't be read .*ca\.pem, cert\.pem and key\.pem"):
        Docker(Address("tcp://127.0.0.1:2376", tmp_path))


@pytest.mark.docker
@pytest.mark.slow
def test_an_engine_behind_tls_lets_in_who_has_its_certificates(tmp_path):
    port, authority = free_port(), Authority("ours")
    ours, others = authority.write(tmp_path / "ours", "us"), Authority("theirs").write(tmp_path / "others", "them")
    files = [option for name in ("ca", "cert", "key") for option in (f"--tls{name.replace('ca', 'cacert')}", name)]
    options = [f"{ours}/{word}.pem" if not word.startswith("--") else word for word in files]
    try:
        engine = Engine("--host", f"tcp://127.0.0.1:{port}", "--tlsverify", *options)
    except Unavailable as reason:
        pytest.skip(f"no Docker Engine: {reason}")

    async def version(certificates):
        async with Docker(Address(f"tcp://127.0.0.1:{port}", certificates)) as docker:
            return await docker.version()

    try:
        assert "ApiVersion" in asyncio.run(version(ours))
        with pytest.raises(EngineError, match="does not answer"):
            asyncio.run(version(others))
    finally:
        engine.close()
