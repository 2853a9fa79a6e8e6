"""Keepers: where somebody else keeps secrets, which are fetched from there when an execution starts."""
