"""Typed clients for tasks, a module per system: `Client(...)` connects, its methods are what can be done there.

Each waits a limited time, repeats only what may be repeated, and fails with a ConnectorError that says what to do. A
`Secret` given to one stays out of its errors, logs and `repr`.
"""

from clockhouse.connectors.errors import ConnectorError

__all__ = ["ConnectorError"]
