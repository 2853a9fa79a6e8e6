/** Short notes in the corner, for what was done or could not be. */
import { notifications } from '@mantine/notifications';
import { toApiError } from '@/lib/errors';
import link from './link.module.css';

const LOOK = { withBorder: true, closeButtonProps: { 'aria-label': 'Close' } } as const;

/** Where what was done can be seen. Notes stand outside of the pages, so that they are told how to go there. */
interface Onward {
  words: string;
  to: string;
  go: (to: string) => unknown;
}

export function notifyDone(message: string, onward?: Onward): void {
  const id = notifications.show({
    message: onward ? (
      <>
        {message}{' '}
        <a
          href={onward.to}
          className={link['link']}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey) return;
            event.preventDefault();
            notifications.hide(id);
            onward.go(onward.to);
          }}
        >
          {onward.words}
        </a>
      </>
    ) : (
      message
    ),
    color: 'iris',
    // Long enough to be reached.
    autoClose: onward ? 10_000 : 3500,
    ...LOOK,
  });
}

export function notifyFailed(title: string, error: unknown): void {
  notifications.show({ title, message: toApiError(error).message, color: 'red', autoClose: 8000, ...LOOK });
}
