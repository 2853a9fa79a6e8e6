"""Keepers: each fetches what it has as it is now, and says why when it cannot.

There is no HashiCorp Vault here: a server stands in for it that speaks its HTTP interface as its documentation has it.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.support.certificates import Authority

from clockhouse.errors import Invalid, Unavailable
from clockhouse.keepers.base import LONGEST_BYTES, Keepers
from clockhouse.keepers.hashicorp import HashiCorpVault
from clockhouse.keepers.mounted import MountedFiles
from clockhouse.kit import Secret
from clockhouse.model import reference
from clockhouse.model.reference import Keeper

TOKEN = "hvs.token-of-the-server"
VALUE = "s3cr3t-of-theirs"


@dataclass
class StandIn:
    """Answers as Vault's engine for keys and values does."""

    address: str = ""
    held: dict = field(default_factory=lambda: {"secret/data/shop": {"password": VALUE, "port": 5432}})
    namespace: str = ""
    status: int | None = None  # instead of an answer
    body: bytes | None = None
    asked: list = field(default_factory=list)

    def answer(self, path, headers):
        self.asked.append(path)
        if self.status is not None:
            return self.status, self.body or b'{"errors":[]}'
        if headers.get("X-Vault-Token") != TOKEN or headers.get("X-Vault-Namespace", "") != self.namespace:
            return 403, b'{"errors":["permission denied"]}'
        if self.body is not None:
            return 200, self.body
        found = self.held.get(path.removeprefix("/v1/"))
        if found is None:
            return 404, b'{"errors":[]}'
        metadata = {"created_time": "2026-11-22T12:00:00Z", "deletion_time": "", "destroyed": False, "version": 3}
        told = {"request_id": "1", "lease_id": "", "renewable": False, "data": {"data": found, "metadata": metadata}}
        return 200, json.dumps(told).encode()


@contextmanager
def served(stand_in, context=None):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = stand_in.answer(self.path, self.headers)
            self.send_response(status)
            if status in (307, 308):
                self.send_header("Location", f"{stand_in.address}/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            """A test's output is its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    stand_in.address = f"{'http' if context is None else 'https'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def vault():
    with served(StandIn()) as stand_in:
        yield stand_in


def fetched(keeper, text):
    return keeper.fetch(reference.read(text)).reveal()


def refusal(keeper, text):
    with pytest.raises(Unavailable) as refused:
        keeper.fetch(reference.read(text))
    assert TOKEN not in str(refused.value)
    return refused.value.sentence


def test_a_field_of_a_secret_is_fetched_with_the_servers_token(vault):
    keeper = HashiCorpVault(vault.address, token=Secret(TOKEN))
    assert fetched(keeper, "vault:secret/data/shop#password") == VALUE
    assert fetched(keeper, "vault:secret/data/shop#port") == "5432"
    assert vault.asked[0] == "/v1/secret/data/shop"


def test_the_token_is_read_from_its_file_whenever_it_is_needed(vault, tmp_path):
    file = tmp_path / "token"
    keeper = HashiCorpVault(vault.address, token_file=file)
    assert "file with the vault's token" in refusal(keeper, "vault:secret/data/shop#password")
    file.write_text(f"{TOKEN}\n")
    assert fetched(keeper, "vault:secret/data/shop#password") == VALUE
    file.write_text("an older one")
    assert "token" in refusal(keeper, "vault:secret/data/shop#password")


def test_a_namespace_is_named_to_it(vault):
    vault.namespace = "team"
    assert fetched(HashiCorpVault(vault.address, token=Secret(TOKEN), namespace="team"), "vault:secret/data/shop#port")


@pytest.mark.parametrize(
    ("text", "why"),
    [("vault:secret/data/none#password", "nothing there"), ("vault:secret/data/shop#user", "no field user there")],
)
def test_what_is_not_there_is_said(vault, text, why):
    assert why in refusal(HashiCorpVault(vault.address, token=Secret(TOKEN)), text)


@pytest.mark.parametrize(
    ("status", "why"), [(403, "token"), (503, "sealed"), (307, "307"), (500, "500"), (400, "/data/")]
)
def test_a_vault_that_refuses_is_told_with_its_reason_and_not_followed_elsewhere(vault, status, why):
    vault.status = status
    assert why in refusal(HashiCorpVault(vault.address, token=Secret(TOKEN)), "vault:secret/data/shop#password")
    assert vault.asked == ["/v1/secret/data/shop"]


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"data": {"password": "a"}}', b'{"data": null}', b"x" * 2**21])
def test_what_is_no_answer_of_a_vault_is_refused(vault, body):
    vault.body = body
    assert refusal(HashiCorpVault(vault.address, token=Secret(TOKEN)), "vault:secret/data/shop#password")


def test_nobody_at_the_address_is_said():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    keeper = HashiCorpVault(f"http://127.0.0.1:{port}", token=Secret(TOKEN))
    assert "cannot be reached" in refusal(keeper, "vault:secret/data/shop#password")


def test_its_certificate_has_to_be_of_the_authority_that_is_named(tmp_path):
    files, others = Authority("ours").write(tmp_path / "ours", "vault"), Authority("theirs").write(tmp_path / "o", "x")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files / "cert.pem", files / "key.pem")
    with served(StandIn(), context) as vault:
        keeper = HashiCorpVault(vault.address, token=Secret(TOKEN), authority=files / "ca.pem")
        assert fetched(keeper, "vault:secret/data/shop#password") == VALUE
        for authority in (None, others / "ca.pem"):
            keeper = HashiCorpVault(vault.address, token=Secret(TOKEN), authority=authority)
            assert "cannot be reached" in refusal(keeper, "vault:secret/data/shop#password")


def test_a_vault_without_a_token_or_an_address_is_refused_at_the_start():
    with pytest.raises(Invalid, match="needs a token"):
        HashiCorpVault("https://vault.example.com")
    with pytest.raises(Invalid, match="begins with https"):
        HashiCorpVault("vault.example.com", token=Secret(TOKEN))


def test_a_mounted_file_is_the_secret_without_its_line_end(tmp_path):
    (tmp_path / "tls").mkdir()
    (tmp_path / "password").write_text(f"{VALUE}\n")
    (tmp_path / "tls" / "key.pem").write_text("-----BEGIN-----\nabc\n-----END-----\n")
    keeper = MountedFiles(tmp_path)
    assert fetched(keeper, "file:password") == VALUE
    assert fetched(keeper, "file:tls/key.pem") == "-----BEGIN-----\nabc\n-----END-----"
    (tmp_path / "password").write_text("renewed")
    assert fetched(keeper, "file:password") == "renewed"


def test_links_are_followed_within_the_folder_alone(tmp_path):
    inside, outside = tmp_path / "secrets", tmp_path / "elsewhere"
    (inside / "..data").mkdir(parents=True)
    (inside / "..data" / "password").write_text(VALUE)
    (inside / "password").symlink_to("..data/password")
    outside.write_text("other")
    (inside / "out").symlink_to(outside)
    assert fetched(MountedFiles(inside), "file:password") == VALUE
    assert "not in the folder" in refusal(MountedFiles(inside), "file:out")


@pytest.mark.parametrize("content", [b"\xff\xfe\xfd", b"x" * (LONGEST_BYTES + 1)])
def test_what_is_no_secret_is_refused(tmp_path, content):
    (tmp_path / "held").write_bytes(content)
    assert refusal(MountedFiles(tmp_path), "file:held")
    assert "cannot be read" in refusal(MountedFiles(tmp_path), "file:none")


def test_what_is_asked_for_twice_is_fetched_once(vault):
    keepers = Keepers({Keeper.VAULT: HashiCorpVault(vault.address, token=Secret(TOKEN))})
    text = "vault:secret/data/shop#password"
    assert keepers.fetch({"TASK_A": text, "TASK_B": text}) == {"TASK_A": Secret(VALUE), "TASK_B": Secret(VALUE)}
    assert len(vault.asked) == 1


@pytest.mark.parametrize("text", ["vault:secret/data/shop#password", "file:password"])
def test_a_keeper_that_the_server_was_not_told_of_is_named(text):
    with pytest.raises(Unavailable, match=r"The secret TASK_A cannot be fetched from .* start it with --"):
        Keepers().fetch({"TASK_A": text})
