import { Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { cloneElement, type ReactElement } from 'react';
import { useParams } from 'react-router';
import { covers, type Permission, type Place, refusal } from '@/lib/may';
import { sessionQuery } from '@/lib/session';

/**
 * Why whoever is signed in may not; null when they may. Without a `project`, it is about that of the present page; null
 * is the whole installation.
 */
export function useRefusal(permission: Permission, place: Place = {}): string | null {
  const here = useParams();
  const session = useQuery({ ...sessionQuery, enabled: false });
  const project = place.project === undefined ? (here['project'] ?? null) : place.project;
  const may = session.data?.may;
  return !may || covers(may, permission, { ...place, project }) ? null : refusal(permission, place);
}

export const useMay = (permission: Permission, place: Place = {}): boolean => useRefusal(permission, place) === null;

/** The first of the environments where whoever is signed in may not operate, for what changes all of them at once. */
export function useRefusedIn<E extends { slug: string; name: string }>(project: string, environments: readonly E[]): E | undefined {
  const may = useQuery({ ...sessionQuery, enabled: false }).data?.may;
  return may && environments.find((environment) => !covers(may, 'operate', { project, environment }));
}

interface Control {
  onClick?: ((event: React.MouseEvent) => void) | undefined;
  title?: string | undefined;
}

interface MayProps extends Place {
  do: Permission;
  /** A button, a link that looks like one, or an item of a menu. */
  children: ReactElement;
}

/** What one may do; what one may not is there but cannot be used, and says why. It can be reached, to hear that. */
export function May({ do: permission, project, environment, children }: MayProps) {
  const reason = useRefusal(permission, { project, environment });
  if (reason === null) return children;
  const disabled = { 'aria-disabled': true, 'data-disabled': true, onClick: (event: React.MouseEvent) => event.preventDefault(), title: undefined, loading: undefined };
  return (
    <Tooltip label={reason} multiline maw={280} events={{ hover: true, focus: true, touch: true }}>
      {cloneElement(children as ReactElement<Control>, disabled)}
    </Tooltip>
  );
}
