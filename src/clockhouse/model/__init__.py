"""What things are: frozen values and their lawful changes, without input or output."""
