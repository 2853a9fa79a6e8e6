"""The other templates, run against the other side of each of their connectors."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer
from tests.support.mail import mail_server
from tests.support.sftp import HOST_KEY, sftp_server
from tests.support.web import Peer, Reply, reply
from tests.templates.conftest import Perform

from clockhouse.connectors import ConnectorError, s3
from clockhouse.kit import Secret

DUE = "2026-11-22T06:00:00+00:00"


@pytest.fixture(autouse=True)
def due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOCKHOUSE_DUE_AT", DUE)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A database with events, orders and reminders."""
    file = tmp_path / "shop.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.executescript(
            """
            CREATE TABLE events (id INTEGER, created_at TEXT);
            INSERT INTO events VALUES (1, '2026-08-01 00:00:00'), (2, '2026-11-20 00:00:00');
            CREATE TABLE orders (id INTEGER, state TEXT);
            INSERT INTO orders VALUES (1, 'done'), (2, 'failed'), (3, 'failed');
            CREATE TABLE reminders (due_on DATE, recipient TEXT, title TEXT, note TEXT);
            INSERT INTO reminders VALUES
                ('2026-11-22', 'ada@example.com', 'Renew the certificate', 'It ends on Friday.'),
                ('2026-11-23', 'bob@example.com', 'Later', 'Not yet.');
            """
        )
    return file


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as database:
        return database.execute(query).fetchall()


def test_the_weather_report_arrives(perform: Perform, other: Peer) -> None:
    days = {
        "time": ["2026-11-22", "2026-11-23"],
        "temperature_2m_min": [-1.6, 0.2],
        "temperature_2m_max": [4.4, 6.0],
        "precipitation_sum": [0.0, 12.25],
    }
    other.on("GET /v1/forecast", reply({"daily": days}))
    with mail_server() as inbox:
        perform(
            "weather-report",
            latitude=52.52,
            longitude=13.41,
            days=2,
            recipient="ada@example.com",
            sender="clock@example.com",
            smtp_host="127.0.0.1",
            smtp_port=inbox.port,
            smtp_security="none",
            smtp_user="ada",
            smtp_password=Secret("right"),
            weather_url=f"{other.url}/v1/forecast",
        )

    ((recipients, message),) = inbox.taken
    assert (recipients, message["Subject"]) == (["ada@example.com"], "Weather from 2026-11-22")
    assert message.get_content().splitlines() == [
        "2026-11-22: -2 to 4 °C, 0.0 mm of rain",
        "2026-11-23: 0 to 6 °C, 12.2 mm of rain",
    ]
    assert (other.asked[0].query["latitude"], other.asked[0].query["forecast_days"]) == (["52.52"], ["2"])


@pytest.mark.parametrize(("only_below", "posted"), [(None, True), (1.1, True), (1.0842, False)])
def test_the_exchange_rate_is_posted_when_it_is_low_enough(
    perform: Perform, other: Peer, only_below: float | None, posted: bool
) -> None:
    other.on("GET /v1/latest", reply({"base": "EUR", "date": "2026-11-20", "rates": {"USD": 1.0842}}))
    other.on("POST /hook", Reply(200, b"ok"))

    log = perform(
        "exchange-rate",
        only_below=only_below,
        slack_webhook_url=Secret(f"{other.url}/hook"),
        rates_url=f"{other.url}/v1",
    )

    assert "1 EUR = 1.0842 USD on 2026-11-20" in log
    sent = [each.json()["text"] for each in other.asked if each.method == "POST"]
    assert sent == (["1 EUR = 1.0842 USD (2026-11-20)"] if posted else [])


def test_changed_customers_are_put_by_their_address(perform: Perform, other: Peer) -> None:
    ada = {"email": "ada+shop@example.com", "first_name": "Ada", "last_name": "L.", "company": "Engines"}
    other.on("GET /shop/customers", reply([ada]))
    other.on("PUT /crm/contacts/ada%2Bshop%40example.com", Reply(204))

    perform(
        "new-customers",
        shop_url=f"{other.url}/shop",
        shop_token=Secret("s"),
        crm_url=f"{other.url}/crm",
        crm_token=Secret("c"),
    )

    read, written = other.asked
    assert read.query == {"updated_since": ["2026-11-22T04:00:00+00:00"]}
    assert (read.headers["authorization"], written.headers["authorization"]) == ("Bearer s", "Bearer c")
    assert written.json() == {"email": ada["email"], "name": "Ada L.", "company": "Engines", "source": "shop"}


def test_the_table_of_issues_has_each_once_as_it_is_now(perform: Perform, other: Peer, tmp_path: Path) -> None:
    def issue(number: int, state: str, **more: object) -> dict[str, object]:
        at = "2026-11-01T08:00:00Z"
        place = f"https://github.com/o/n/issues/{number}"
        instants = {"created_at": at, "updated_at": at}
        return {"number": number, "title": f"#{number}", "state": state, "html_url": place, **instants, **more}

    other.on("GET /repos/o/n/issues", reply([issue(1, "open")]), reply([issue(1, "closed"), issue(3, "open")]))
    other.on("GET /repos/o/n/pulls", reply([issue(2, "open", merged_at=None)]))
    file = tmp_path / "issues.db"
    values = {"repository": "o/n", "database_url": Secret(f"sqlite:///{file}"), "github_url": other.url}

    perform("issues-table", **values)
    perform("issues-table", **values)

    assert rows(file, "SELECT number, kind, state FROM github_issues ORDER BY number") == [
        (1, "issue", "closed"),
        (2, "pull request", "open"),
        (3, "issue", "open"),
    ]


def test_reminders_of_the_day_it_was_due_are_sent(perform: Perform, shop: Path) -> None:
    with mail_server() as inbox:
        log = perform(
            "due-reminders",
            database_url=Secret(f"sqlite:///{shop}"),
            sender="clock@example.com",
            smtp_host="127.0.0.1",
            smtp_port=inbox.port,
            smtp_security="none",
        )

    ((recipients, message),) = inbox.taken
    assert (recipients, message["Subject"]) == (["ada@example.com"], "Renew the certificate")
    assert "1 reminders were due on 2026-11-22" in log


def test_a_number_that_is_too_high_is_posted_and_fails(
    perform: Perform, other: Peer, shop: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other.on("POST /hook", Reply(200, b"ok"))
    values = {
        "name": "Failed orders",
        "query": "SELECT count(*) FROM orders WHERE state = 'failed'",
        "database_url": Secret(f"sqlite:///{shop}"),
        "slack_webhook_url": Secret(f"{other.url}/hook"),
    }

    assert "Failed orders: 2, which is fine" in perform("table-check", limit=2.0, **values)
    with pytest.raises(SystemExit, match="1"):
        perform("table-check", limit=1.0, **values)

    assert [each.json() for each in other.asked] == [{"text": "Failed orders: 2, more than 1"}]
    assert "Failed orders: 2, more than 1" in caplog.text


def test_old_rows_are_counted_first_and_then_deleted(perform: Perform, shop: Path) -> None:
    values = {"database_url": Secret(f"sqlite:///{shop}"), "table": "events", "column": "created_at"}

    assert "1 rows of events are older than 90 days" in perform("database-cleanup", **values)
    assert len(rows(shop, "SELECT id FROM events")) == 2
    assert "Deleted 1 rows of events" in perform("database-cleanup", only_count=False, **values)
    assert rows(shop, "SELECT id FROM events") == [(2,)]
    with pytest.raises(ValueError, match="table must match the pattern"):
        perform("database-cleanup", **{**values, "table": "events; DROP TABLE events"})
    with pytest.raises(ConnectorError, match="no such table: gone"):
        perform("database-cleanup", **{**values, "table": "gone"})


@pytest.mark.slow
def test_files_that_are_new_or_changed_are_copied(perform: Perform, tmp_path: Path) -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    folder = tmp_path / "served"
    folder.mkdir()
    for name, text in {"a.csv": "1", "b.csv": "22"}.items():
        (folder / name).write_text(text)
    (folder / "inside").mkdir()
    store = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    store.start()
    try:
        host, port = store.get_host_and_port()
        place = {"region": "us-east-1", "endpoint_url": f"http://{host}:{port}"}
        bucket = s3.Client("copies", Secret("k"), Secret("s"), **place)
        bucket._store.create_bucket(Bucket="copies")
        bucket.write("in/a.csv", "1")
        with sftp_server(folder) as ssh:
            log = perform(
                "folder-sync",
                host="127.0.0.1",
                port=ssh,
                user="ada",
                password=Secret("right"),
                host_key=HOST_KEY.get_fingerprint(),
                bucket="copies",
                prefix="in/",
                access_key_id=Secret("k"),
                secret_access_key=Secret("s"),
                **place,
            )
        assert [(each.key, bucket.read(each.key)) for each in bucket.list()] == [
            ("in/a.csv", b"1"),
            ("in/b.csv", b"22"),
        ]
        assert "Copied 1 files from 127.0.0.1 to copies" in log
    finally:
        store.stop()
