import { Button } from '@mantine/core';
import { useRouteError } from 'react-router';
import { Page } from '@/ui/page';
import { Empty } from '@/ui/states';

/** A page of ours broke: it says so, and offers to load it anew. */
export function Crash() {
  const error = useRouteError();
  return (
    <Page title="This page broke">
      <Empty title="This page ran into an error of its own." action={<Button onClick={() => window.location.reload()}>Load it again</Button>}>
        Your tasks are not affected: the server runs them, not this page.
        <details style={{ marginTop: 12 }}>
          <summary>What went wrong</summary>
          <code className="mono">{error instanceof Error ? error.message : String(error)}</code>
        </details>
      </Empty>
    </Page>
  );
}
