"""Programs that end, and programs that live for their jobs."""

from __future__ import annotations

import signal

import pytest
from tests.task import children

pytestmark = pytest.mark.slow  # each starts an interpreter


def test_an_exiting_program_is_not_held_up_by_recurring_jobs():
    told = children.run(
        """
        import threading
        from clockhouse import task

        started, never = threading.Event(), threading.Event()

        def endless():
            started.set()
            never.wait()

        task.schedule_job_recur_by_frequency(endless, 1)
        task.schedule_job_recur_by_frequency(lambda: None, 0.001)
        assert started.wait(20)
        print("the end")
        """
    )
    assert told == "the end\n"


def test_a_program_exits_silently_with_async_jobs_under_way():
    told = children.run(
        """
        import asyncio, threading
        from clockhouse import task

        started = threading.Event()

        async def endless():
            started.set()
            await asyncio.Event().wait()

        task.schedule_job_recur_by_frequency(endless, 1)
        assert started.wait(20)
        print("the end")
        """
    )
    assert told == "the end\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("inline", [False, True])
def test_run_forever_stops_gracefully_on_a_signal(number: signal.Signals, inline: bool):
    told = children.signalled(
        f"""
        import threading
        from datetime import timedelta
        from clockhouse import task

        go_on = threading.Event()
        waiting = threading.Event()

        def job():
            if not waiting.is_set():
                waiting.set()
                print("ready", flush=True)
                go_on.wait(0.3)
                print("job done", flush=True)

        # Again and again, since a busy machine may be late for the first.
        soon = task.SystemClock().now() + timedelta(seconds=0.2)
        task.schedule(job, task.IntervalTrigger(timedelta(seconds=1), soon), inline={inline})
        task.run_forever()
        print("after", task.get_running_jobs(), flush=True)
        """,
        number,
    )
    assert told == ("ready\njob done\nafter []\n", "", 0)


def test_run_forever_returns_when_no_job_is_left_and_goes_on_while_a_hook_schedules_more():
    told = children.run(
        """
        import sys
        import threading
        from clockhouse import task

        sys.setswitchinterval(1e-6)  # any thread may be the one that tells of the last end
        ends, a_moment = [], threading.Event()

        def more(event):
            ends.append(event)
            a_moment.wait(0.005)
            if len(ends) < 200:
                scheduler.schedule_job_recur_by_frequency(lambda: None, 1, max_count=1)

        scheduler = task.Scheduler(hooks=task.Hooks(on_ended=more))
        scheduler.run_forever()
        print("no job yet")
        scheduler.schedule_job_recur_by_frequency(lambda: None, 1, max_count=1)
        scheduler.run_forever()
        print(len(ends))
        """
    )
    assert told == "no job yet\n200\n"


def test_each_end_is_told_once_whichever_thread_tells_it():
    told = children.run(
        """
        import sys
        from collections import Counter
        from clockhouse import task

        sys.setswitchinterval(1e-6)
        ends = []
        scheduler = task.Scheduler(worker_count=8, hooks=task.Hooks(on_ended=ends.append))
        for _ in range(12000):
            scheduler.schedule_job_recur_by_frequency(lambda: None, 1, max_count=1)
        scheduler.run_forever()
        print(len(ends), max(Counter(ends).values()))
        """
    )
    assert told == "12000 1\n"


def test_run_forever_returns_when_the_scheduler_is_stopped_from_inside_a_job():
    told = children.run(
        """
        from clockhouse import task

        scheduler = task.Scheduler()
        scheduler.schedule_job_recur_by_frequency(scheduler.graceful_stop, 1)
        scheduler.run_forever()
        print("stopped")
        """
    )
    assert told == "stopped\n"


def test_a_handler_of_the_programs_own_is_left_alone():
    told = children.signalled(
        """
        import signal
        import threading
        from clockhouse import task

        scheduler = task.Scheduler()
        stop = threading.Thread(target=scheduler.immediate_stop)
        signal.signal(signal.SIGTERM, lambda *_: stop.start())
        scheduler.schedule_job_recur_by_frequency(lambda: None, 3600)
        print("ready", flush=True)
        scheduler.run_forever()
        print("own handler", signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL)
        """,
        signal.SIGTERM,
    )
    assert told == ("ready\nown handler True\n", "", 0)


def test_a_with_block_waits_for_what_is_being_executed():
    told = children.run(
        """
        import threading
        from clockhouse import task

        started, go_on = threading.Event(), threading.Event()

        def job():
            started.set()
            go_on.wait(0.3)
            print("job done")

        with task.Scheduler() as scheduler:
            scheduler.schedule_job_recur_by_frequency(job, 3600)
            assert started.wait(20)
        print("left", scheduler.get_running_jobs(), threading.active_count())
        """
    )
    assert told == "job done\nleft [] 1\n"
