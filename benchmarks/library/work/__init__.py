"""What runs in a process of its own, on the standard library and the one scheduler that is measured."""
