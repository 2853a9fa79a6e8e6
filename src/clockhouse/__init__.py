"""Clockhouse: scheduled tasks from idea to production, every occurrence accounted for."""

__version__ = "0.1.0"
