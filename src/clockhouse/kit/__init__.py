"""What a task imports: its configuration, and the call that runs it. Works without a server: `python main.py`."""

from clockhouse.kit.config import TaskConfig, setting
from clockhouse.kit.mapping import data_mapper
from clockhouse.kit.occurrence import due_at
from clockhouse.kit.running import run
from clockhouse.kit.secret import Secret

__all__ = ["Secret", "TaskConfig", "data_mapper", "due_at", "run", "setting"]
