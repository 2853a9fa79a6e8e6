"""HTTP for people and tools."""
