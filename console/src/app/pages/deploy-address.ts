/** What the deploy page's address says: which form is open and whose history is shown. */
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';

interface DeployAddress {
  /** The environment to deploy to. */
  deploy: string | null;
  /** The build to deploy. */
  build: number | null;
  /** The id of the deployment whose values the form begins with. */
  like: string | null;
  history: string;
}

type Changes = Partial<Record<'deploy' | 'build' | 'like' | 'history', string | null>>;

export function useDeployAddress() {
  const [params, setParams] = useSearchParams();
  const state = useMemo<DeployAddress>(
    () => ({
      deploy: params.get('deploy'),
      build: wholeOf(params.get('build')),
      like: params.get('like'),
      history: params.get('history') ?? 'all',
    }),
    [params],
  );
  /** The address that opens a form, and keeps the history's filter. */
  const to = useCallback((changes: Changes) => `?${changed(keep(params, ['history']), changes)}`, [params]);
  const set = useCallback((changes: Changes) => setParams(changed(params, changes), { replace: true, preventScrollReset: true }), [params, setParams]);
  const close = useCallback(() => setParams(keep(params, ['history']), { preventScrollReset: true }), [params, setParams]);
  return { state, to, set, close };
}

function keep(params: URLSearchParams, names: readonly string[]): URLSearchParams {
  return new URLSearchParams([...params].filter(([name]) => names.includes(name)));
}

function changed(params: URLSearchParams, changes: Changes): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined) next.delete(name);
    else next.set(name, value);
  }
  return next;
}

function wholeOf(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}
