"""How the schema came to be, forward only: a file per change, numbered."""
