"""Measurements of what Clockhouse promises about time, each beside a floor that was measured in the same run."""
