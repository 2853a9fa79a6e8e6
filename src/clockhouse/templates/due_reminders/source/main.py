"""Mails a reminder for each row of a table that is due today."""

import logging
from datetime import UTC, datetime
from typing import Literal

from clockhouse.connectors import email, sql
from clockhouse.kit import Secret, TaskConfig, due_at, run, setting

log = logging.getLogger(__name__)


class Config(TaskConfig):
    database_url: Secret = setting("The database, as kind://user:password@host/name")
    query: str = setting(
        "What is due on :today, as recipient, title and note",
        default="SELECT recipient, title, note FROM reminders WHERE due_on = :today",
    )
    sender: str = setting("The address the mails are from", example="clock@example.com", pattern=r"[^@\s]+@[^@\s]+")
    smtp_host: str = setting("The mail server", example="smtp.example.com")
    smtp_port: int | None = setting("Its port, if it is not the usual one", default=None)
    smtp_security: Literal["starttls", "tls", "none"] = setting("How the connection is encrypted", default="starttls")
    smtp_user: str | None = setting("Who signs in at the mail server", default=None)
    smtp_password: Secret | None = setting("The password of that user", default=None)


def main(config: Config) -> None:
    database = sql.Client(config.database_url)
    mail = email.Client(
        config.smtp_host,
        config.sender,
        user=config.smtp_user,
        password=config.smtp_password,
        port=config.smtp_port,
        security=config.smtp_security,
    )
    today = (due_at() or datetime.now(UTC)).date()
    reminders = database.query(config.query, {"today": today.isoformat()})
    for reminder in reminders:
        mail.send(reminder["recipient"], reminder["title"], reminder["note"])
        log.info("Reminded %s of %s", reminder["recipient"], reminder["title"])
    log.info("%s reminders were due on %s", len(reminders), today)


if __name__ == "__main__":
    run(main)
