import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { ApiError } from '@/lib/errors';
import { Failed } from './states';

const failed = (error: ApiError) =>
  render(
    <MantineProvider env="test">
      <Failed error={error} onRetry={() => undefined} title="The people could not be loaded." />
    </MantineProvider>,
  );

test('what may succeed the next time can be tried again', () => {
  failed(new ApiError('unavailable', 'The database is busy.'));
  expect(screen.getByRole('button', { name: 'Try again' })).toBeVisible();
});

test('what one may not see is not tried again', () => {
  failed(new ApiError('forbidden', 'You may not administer this.'));
  expect(screen.getByRole('alert')).toHaveTextContent('You may not administer this.');
  expect(screen.queryByRole('button')).toBeNull();
});
