"""Low-code: Python source as a flow and back; the source is the only state, an edit replaces some of its text."""
