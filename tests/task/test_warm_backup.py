"""How a warm backup is configured: what is refused, and what is never shown."""

from __future__ import annotations

from typing import Any

import pytest

from clockhouse import task
from clockhouse.task.coordination import (
    DriverMissing,
    InvalidWarmBackup,
    Membership,
    MysqlConfig,
    PostgresConfig,
    WarmBackup,
)


@pytest.mark.parametrize("kind", [PostgresConfig, MysqlConfig])
def test_a_password_is_never_shown(
    kind: type[PostgresConfig | MysqlConfig], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = kind(password="hunter2", options={"sslpassword": "hunter3"})
    backup = WarmBackup(database=database, task_id="a", group_id="orders")
    assert "hunter" not in repr(backup)

    def refuse() -> object:
        raise ConnectionError("no entry with hunter2")

    node = Membership(backup)
    monkeypatch.setattr(node, "_connected", refuse)
    node._attend_or_log()
    assert "no entry with ****" in caplog.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("task_id", ""),
        ("task_id", " a"),
        ("task_id", "a" * 256),
        ("task_id", 7),
        ("group_id", ""),
        ("group_id", "a\0b"),
        ("liveness_interval", 0),
        ("liveness_interval", float("nan")),
        ("liveness_interval", True),
        ("heartbeat_interval", -1),
        ("heartbeat_interval", 16),
        ("heartbeat_interval", "1"),
        ("database", "postgresql://localhost"),
    ],
)
def test_a_warm_backup_that_cannot_be_is_refused(field: str, value: object) -> None:
    given: dict[str, Any] = {"database": PostgresConfig(), "task_id": "a", "group_id": "orders", field: value}
    with pytest.raises(InvalidWarmBackup) as refused:
        WarmBackup(**given)
    assert refused.value.field == field
    assert isinstance(refused.value, task.Error)


@pytest.mark.parametrize(("field", "value"), [("host", ""), ("port", 0), ("port", "5432"), ("port", 65536)])
@pytest.mark.parametrize("kind", [PostgresConfig, MysqlConfig])
def test_an_address_that_cannot_be_is_refused(kind: type[PostgresConfig], field: str, value: Any) -> None:
    with pytest.raises(InvalidWarmBackup) as refused:
        kind(**{field: value})
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("database", "advice"),
    [(PostgresConfig(), "pip install 'clockhouse[postgres]'"), (MysqlConfig(), "pip install pymysql")],
)
def test_a_missing_driver_is_an_error_that_says_what_to_install(
    database: PostgresConfig | MysqlConfig, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr("clockhouse.task.tokens.import_module", missing)
    node = Membership(WarmBackup(database=database, task_id="a", group_id="orders"))
    with pytest.raises(DriverMissing) as refused:
        node.start()
    assert advice in str(refused.value)
