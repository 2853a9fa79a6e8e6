/** Where somebody is in a log, kept in the address: the line, what they look for, and from which level on they read. */
import { useLocation, useNavigate } from 'react-router';
import { isLevel, type Level, lineOf } from './lines';

interface Place {
  line?: number;
  find?: string;
  level?: Level | null;
}

export function useLogAddress() {
  const { search, hash } = useLocation();
  const navigate = useNavigate();
  const params = new URLSearchParams(search);
  const level = params.get('level');

  const go = (place: Place) => {
    const changed = new URLSearchParams(search);
    if (place.find !== undefined) set(changed, 'find', place.find);
    if (place.level !== undefined) set(changed, 'level', place.level ?? '');
    const fragment = place.line === undefined ? hash : `#L${place.line}`;
    void navigate({ search: changed.toString(), hash: fragment }, { replace: true, preventScrollReset: true });
  };
  return { line: lineOf(hash), find: params.get('find') ?? '', level: isLevel(level) ? level : null, go };
}

function set(params: URLSearchParams, name: string, value: string): void {
  if (value) params.set(name, value);
  else params.delete(name);
}
