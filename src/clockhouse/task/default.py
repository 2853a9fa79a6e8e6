"""The scheduler that the functions of `clockhouse.task` use: one per process."""

from __future__ import annotations

from clockhouse.task.scheduler import Scheduler

scheduler = Scheduler()

configure_worker_pool = scheduler.configure_worker_pool
schedule_one_time_job = scheduler.schedule_one_time_job
schedule_job_recur_by_frequency = scheduler.schedule_job_recur_by_frequency
schedule = scheduler.schedule
pause_job = scheduler.pause_job
resume_job = scheduler.resume_job
pause_all_jobs = scheduler.pause_all_jobs
resume_all_jobs = scheduler.resume_all_jobs
get_running_jobs = scheduler.get_running_jobs
unschedule_job = scheduler.unschedule_job
next_due = scheduler.next_due
run_forever = scheduler.run_forever
