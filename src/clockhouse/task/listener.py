"""Services executed on one trigger, as they are attached and detached; on one node of several, with a warm backup."""

from __future__ import annotations

import os
import threading
import weakref
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from clockhouse.task.arguments import Seconds, check_count, check_policies, interval_of
from clockhouse.task.coordination import InvalidWarmBackup, Membership, WarmBackup
from clockhouse.task.errors import Error, InvalidTrigger, NotAttached, UnknownJob
from clockhouse.task.job import UNLIMITED, JobId, check_job
from clockhouse.task.policy import RetryConfiguration, TaskPolicy
from clockhouse.task.scheduler import Executable, Scheduler
from clockhouse.task.trigger import Trigger
from clockhouse.task.values import instant_of

_LONGEST_LOOK = 2.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerConfiguration:
    """When a listener's services are executed: as for `schedule_job_recur_by_frequency`.

    Raises InvalidTrigger and InvalidPolicy for values that cannot be. Whether its times have passed is looked at when
    the listener starts.
    """

    interval: Seconds
    max_count: int = UNLIMITED
    start_time: datetime | None = None
    end_time: datetime | None = None
    task_policy: TaskPolicy = TaskPolicy()

    def __post_init__(self) -> None:
        interval_of(self.interval)
        check_count(self.max_count)
        check_policies(self.task_policy, None, None, None)
        start = None if self.start_time is None else instant_of("start_time", self.start_time)
        end = None if self.end_time is None else instant_of("end_time", self.end_time)
        if start is not None and end is not None and end < start:
            raise InvalidTrigger("end_time", f"The end, {end.isoformat()}, is before the start, {start.isoformat()}.")


@dataclass(slots=True)
class _Attached:
    service: Executable
    name: str | None
    job_id: JobId | None = None


class Listener:
    """Executes the services attached to it whenever its trigger is due, from `start` to one of the two stops.

    `trigger` is a TriggerConfiguration or any trigger of `clockhouse.task`. With a `warm_backup`, several nodes run the
    same listener and one of them executes: each occurrence passes by on the others, and those that fell due between the
    end of one node and the take-over by the next are not made up for. `retry` tries a failed execution again.
    `scheduler` is one of the listener's own, given to say how large its pool is, or which hooks it calls: it is stopped
    with the listener. In a forked child, the listener has its services and is not started. Raises InvalidTrigger,
    InvalidPolicy and InvalidWarmBackup.
    """

    def __init__(
        self,
        trigger: TriggerConfiguration | Trigger,
        *,
        warm_backup: WarmBackup | None = None,
        retry: RetryConfiguration | None = None,
        scheduler: Scheduler | None = None,
    ) -> None:
        if not isinstance(trigger, TriggerConfiguration) and not callable(getattr(trigger, "next_after", None)):
            raise InvalidTrigger("trigger", f"{trigger!r} is no trigger; give a task.TriggerConfiguration.")
        check_policies(TaskPolicy(), None, retry, None)
        if warm_backup is not None and not isinstance(warm_backup, WarmBackup):
            raise InvalidWarmBackup("warm_backup", f"{warm_backup!r} is no warm backup; give a task.WarmBackup.")
        if scheduler is not None and not isinstance(scheduler, Scheduler):
            raise Error(f"{scheduler!r} is no scheduler; give a task.Scheduler.")
        self._trigger = trigger
        self._retry = retry
        self._scheduler = Scheduler() if scheduler is None else scheduler
        self._membership = None if warm_backup is None else Membership(warm_backup)
        self._services: list[_Attached] = []
        self._is_started = False
        self._lock = threading.RLock()  # of whether it is started, too: no stop may end what a start has begun since
        _all.add(self)

    @property
    def membership(self) -> Membership | None:
        """This node's place among those of the warm backup; None without one."""
        return self._membership

    def attach(self, service: Executable, name: str | None = None) -> None:
        """Execute `service`, a job, on the trigger: from now on, if the listener is started. Raises InvalidJob."""
        check_job(service)
        with self._lock:
            attached = _Attached(service, name)
            if self._is_started:
                attached.job_id = self._schedule(service)
            self._services.append(attached)

    def detach(self, service: Executable | str) -> None:
        """Execute the service, given itself or by its name, no more. Raises NotAttached."""
        with self._lock:
            for attached in self._services:
                if attached.service is service or (attached.name is not None and attached.name == service):
                    self._services.remove(attached)
                    self._unschedule(attached)
                    return
        raise NotAttached(f"{service!r} is not attached to this listener.")

    def start(self) -> None:
        """Begin to execute; nothing, if it was started already.

        With a warm backup it first looks, for 2 seconds at most, whether this node is the one to execute. A database
        that cannot be reached is logged and tried again. Raises InvalidTrigger for times that have passed, and
        DriverMissing.
        """
        with self._lock:
            if self._is_started:
                return
            try:
                if self._membership is not None:
                    self._membership.start()
                    # An occurrence that is due at once would pass by before the token is there.
                    self._membership.wait_for_verdict(_LONGEST_LOOK)
                for attached in self._services:
                    attached.job_id = self._schedule(attached.service)
            except BaseException:
                for attached in self._services:
                    self._unschedule(attached)
                self._hand_over()
                raise
            self._is_started = True

    def graceful_stop(self) -> None:
        """Execute nothing more, wait for what is being executed, and then hand over to another node.

        It does not hand over if the listener has been started again meanwhile.
        """
        with self._lock:
            self._forget_jobs()
            wait = self._scheduler._stop()
        wait(None)
        with self._lock:
            if not self._is_started:
                self._hand_over()

    def immediate_stop(self) -> None:
        """Execute nothing more and hand over to another node, without waiting for what is being executed."""
        with self._lock:
            self._forget_jobs()
            self._scheduler.immediate_stop()
            self._hand_over()

    def _after_fork(self) -> None:
        """In a forked child, the lock may be held by a thread that is not there, and the scheduler is empty."""
        self._lock = threading.RLock()
        self._forget_jobs()

    def _hand_over(self) -> None:
        if self._membership is not None:
            self._membership.stop()

    def _schedule(self, service: Executable) -> JobId:
        gate = None if self._membership is None else self._membership.holds_token
        trigger = self._trigger
        if not isinstance(trigger, TriggerConfiguration):
            return self._scheduler.schedule(service, trigger, retry=self._retry, gate=gate)
        return self._scheduler.schedule_job_recur_by_frequency(
            service,
            trigger.interval,
            trigger.max_count,
            trigger.start_time,
            trigger.end_time,
            trigger.task_policy,
            retry=self._retry,
            gate=gate,
        )

    def _unschedule(self, attached: _Attached) -> None:
        if attached.job_id is not None:
            with suppress(UnknownJob):  # it may have ended by itself
                self._scheduler.unschedule_job(attached.job_id)
            attached.job_id = None

    def _forget_jobs(self) -> None:
        self._is_started = False
        for attached in self._services:
            attached.job_id = None


_all: weakref.WeakSet[Listener] = weakref.WeakSet()


def _forget_after_fork() -> None:
    for listener in list(_all):
        listener._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)
