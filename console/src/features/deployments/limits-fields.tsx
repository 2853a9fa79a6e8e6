import { NumberInput, Select } from '@mantine/core';
import type { Retry } from '@/lib/types';
import { DurationInput } from '@/ui/duration-input';
import { Fold } from '@/ui/fold';
import { retryWords, timeOutWords } from './changes';
import classes from './deploy-form.module.css';

interface LimitsFieldsProps {
  timeOut: number | null;
  retry: Retry;
  onTimeOut: (seconds: number | null) => void;
  onRetry: (retry: Retry) => void;
  atOnce: number | null;
  onAtOnce: (atOnce: number | null) => void;
  errors: Readonly<Record<string, React.ReactNode>>;
}

/** How long an execution may take and how often it is tried, each with its consequence; folded. */
export function LimitsFields({ timeOut, retry, atOnce, onTimeOut, onRetry, onAtOnce, errors }: LimitsFieldsProps) {
  const wrong = Object.keys(errors).some((path) => path.startsWith('retry') || path === 'time_out_s' || path === 'at_once');
  const most = atOnce ? `; ${atOnce} at once` : '';
  const summary = `${timeOut ? `Ended after ${timeOutWords(timeOut)}` : 'No time-out'}; ${retryWords(retry)}${most}`;
  return (
    <Fold title="Time-out, retries and limits" summary={summary} open={wrong}>
      <DurationInput
        label="Time-out"
        description="An execution that takes longer is ended, with all processes that it started. Empty means that it may take as long as it likes."
        value={timeOut}
        onChange={onTimeOut}
        error={errors['time_out_s']}
        placeholder="no limit"
      />
      <NumberInput
        label="Tries in all"
        description="A failed or timed-out execution is tried again until it succeeds or there are no tries left. 1 means never again."
        size="sm"
        maw={260}
        min={1}
        allowDecimal={false}
        allowNegative={false}
        clampBehavior="none"
        value={retry.attempts}
        onChange={(attempts) => onRetry({ ...retry, attempts: typeof attempts === 'number' ? attempts : 0 })}
        error={errors['retry.attempts']}
      />
      {retry.attempts > 1 && (
        <div className={classes['pair']}>
          <DurationInput
            label="Wait before the next try"
            value={retry.delay_s}
            onChange={(seconds) => onRetry({ ...retry, delay_s: seconds ?? 0 })}
            error={errors['retry.delay_s'] ?? errors['retry.delay']}
          />
          <Select
            label="Later waits"
            size="sm"
            data={[
              { value: 'fixed', label: 'as long as the first' },
              { value: 'exponential', label: 'twice as long each time' },
            ]}
            value={retry.backoff}
            allowDeselect={false}
            onChange={(backoff) => onRetry({ ...retry, backoff: backoff === 'exponential' ? 'exponential' : 'fixed' })}
            error={errors['retry.backoff']}
          />
          {retry.backoff === 'exponential' && (
            <DurationInput
              label="Longest wait"
              value={retry.max_delay_s ?? null}
              onChange={(max_delay_s) => onRetry({ ...retry, max_delay_s })}
              placeholder="no limit"
              unit="minutes"
              error={errors['retry.max_delay_s'] ?? errors['retry.max_delay']}
            />
          )}
        </div>
      )}
      <NumberInput
        label="Most at once"
        description="How many executions may run at the same time, manual ones included; more wait, or do what the schedule says about overlaps. Empty means as many as the schedules let."
        size="sm"
        maw={260}
        min={1}
        allowDecimal={false}
        allowNegative={false}
        clampBehavior="none"
        placeholder="no limit"
        value={atOnce ?? ''}
        onChange={(most) => onAtOnce(typeof most === 'number' ? most : null)}
        error={errors['at_once']}
      />
    </Fold>
  );
}
