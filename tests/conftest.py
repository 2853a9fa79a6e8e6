"""What every test may ask for."""

from tests.support.postgres import postgres

__all__ = ["postgres"]
