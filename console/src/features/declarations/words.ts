/** What a clockhouse.yaml says, in words. */
import { plural } from '@/lib/format';
import type { DeclaredEnvironment } from '@/lib/types';

const LIMITS: Readonly<Record<string, string>> = { time_out: 'time-out', retry: 'retries', at_once: 'executions at once', container: 'container' };

/** Such as “time-out, retries”: the limits that it says. */
export const limitsSaid = ({ limits }: DeclaredEnvironment): string => limits.map((name) => LIMITS[name] ?? name).join(', ');

/** Such as “2 schedules, time-out, url, 1 alert”; nothing when it says nothing of the environment. */
export function said({ schedules, limits, configuration, alerts }: DeclaredEnvironment): string {
  const found = [
    schedules && scheduleCount(schedules.length),
    ...limits.map((name) => LIMITS[name] ?? name),
    ...Object.keys(configuration),
    alerts && alertCount(alerts.length),
  ];
  return found.filter(Boolean).join(', ');
}

const alertCount = (count: number): string => (count === 0 ? 'no alert' : plural(count, 'alert'));

function scheduleCount(count: number): string {
  if (count === 0) return 'no schedule';
  return count === 1 ? 'the schedule' : `${count} schedules`;
}
