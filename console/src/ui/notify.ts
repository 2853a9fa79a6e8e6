/** Short notes in the corner, for what was done or could not be. */
import { notifications } from '@mantine/notifications';
import { toApiError } from '@/lib/errors';

const LOOK = { withBorder: true, closeButtonProps: { 'aria-label': 'Close' } } as const;

export function notifyDone(message: string): void {
  notifications.show({ message, color: 'iris', autoClose: 3500, ...LOOK });
}

export function notifyFailed(title: string, error: unknown): void {
  notifications.show({ title, message: toApiError(error).message, color: 'red', autoClose: 8000, ...LOOK });
}
