"""Where a task's code runs: one seam, and its siblings."""
