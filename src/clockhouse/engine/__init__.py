"""What the system does by itself: services of one shape, each with one duty."""
