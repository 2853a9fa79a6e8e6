"""The scheduling library beside a bare heap and beside the schedulers that people know, at the same work."""
