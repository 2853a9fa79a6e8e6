"""The command line: it speaks HTTP with a server, as everybody else does."""
