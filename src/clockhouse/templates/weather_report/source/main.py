"""Mails the weather forecast of a place."""

import logging
from typing import Any, Literal

from clockhouse.connectors import email, http
from clockhouse.kit import Secret, TaskConfig, data_mapper, run, setting

log = logging.getLogger(__name__)


class Config(TaskConfig):
    latitude: float = setting("Degrees north of the place", example=52.52, minimum=-90, maximum=90)
    longitude: float = setting("Degrees east of the place", example=13.41, minimum=-180, maximum=180)
    days: int = setting("How many days the forecast has", default=3, minimum=1, maximum=14)
    recipient: str = setting("Who gets the report", example="ada@example.com", pattern=r"[^@\s]+@[^@\s]+")
    sender: str = setting("The address it is from", example="clock@example.com", pattern=r"[^@\s]+@[^@\s]+")
    smtp_host: str = setting("The mail server", example="smtp.example.com")
    smtp_port: int | None = setting("Its port, if it is not the usual one", default=None)
    smtp_security: Literal["starttls", "tls", "none"] = setting("How the connection is encrypted", default="starttls")
    smtp_user: str | None = setting("Who signs in at the mail server", default=None)
    smtp_password: Secret | None = setting("The password of that user", default=None)
    weather_url: str = setting("Where the forecast is", default="https://api.open-meteo.com/v1/forecast")


@data_mapper
def to_report(daily: dict[str, list[Any]]) -> str:
    lines = [
        f"{day}: {low:.0f} to {high:.0f} °C, {rain:.1f} mm of rain"
        for day, low, high, rain in zip(
            daily["time"],
            daily["temperature_2m_min"],
            daily["temperature_2m_max"],
            daily["precipitation_sum"],
            strict=True,
        )
    ]
    return "\n".join(lines)


def main(config: Config) -> None:
    weather = http.Client(config.weather_url)
    forecast = weather.get_json(
        query={
            "latitude": config.latitude,
            "longitude": config.longitude,
            "daily": "temperature_2m_min,temperature_2m_max,precipitation_sum",
            "forecast_days": config.days,
            "timezone": "auto",
        }
    )
    report = to_report(forecast["daily"])
    mail = email.Client(
        config.smtp_host,
        config.sender,
        user=config.smtp_user,
        password=config.smtp_password,
        port=config.smtp_port,
        security=config.smtp_security,
    )
    mail.send(config.recipient, f"Weather from {forecast['daily']['time'][0]}", report)
    log.info("Sent %s days of weather to %s", config.days, config.recipient)


if __name__ == "__main__":
    run(main)
