"""Copies new and changed customers of a shop to a CRM."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from clockhouse.connectors import http
from clockhouse.kit import Secret, TaskConfig, data_mapper, due_at, run, setting

log = logging.getLogger(__name__)


class Config(TaskConfig):
    shop_url: str = setting("Where the shop's API is", example="https://shop.example.com/api", pattern=r"https?://.+")
    shop_token: Secret = setting("Token of the shop that may read customers")
    crm_url: str = setting("Where the CRM's API is", example="https://crm.example.com/v1", pattern=r"https?://.+")
    crm_token: Secret = setting("Token of the CRM that may write contacts")
    hours: int = setting("How many hours to look back", default=2, minimum=1, maximum=8760)


@data_mapper
def to_contact(customer: dict[str, Any]) -> dict[str, Any]:
    return {
        "email": customer["email"],
        "name": f"{customer['first_name']} {customer['last_name']}",
        "company": customer["company"],
        "source": "shop",
    }


def main(config: Config) -> None:
    shop = http.Client(config.shop_url, token=config.shop_token)
    crm = http.Client(config.crm_url, token=config.crm_token)
    since = (due_at() or datetime.now(UTC)) - timedelta(hours=config.hours)
    customers = shop.get_json("/customers", query={"updated_since": since.isoformat()})
    for customer in customers:
        contact = to_contact(customer)
        crm.put(f"/contacts/{quote(contact['email'])}", json=contact)
    log.info("Put %s customers that changed since %s", len(customers), since)


if __name__ == "__main__":
    run(main)
