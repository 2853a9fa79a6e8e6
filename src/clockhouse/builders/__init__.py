"""How a commit becomes an immutable artifact."""
