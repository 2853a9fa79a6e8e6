/** Roles in the words of a person. */
import type { Membership, Role } from './types';

export const ROLES: readonly { value: Role; label: string; may: string }[] = [
  { value: 'viewer', label: 'Viewer', may: 'looks at everything' },
  { value: 'developer', label: 'Developer', may: 'also changes source, builds and settings' },
  { value: 'operator', label: 'Operator', may: 'also deploys, runs, pauses and stops' },
  { value: 'admin', label: 'Admin', may: 'also removes, and lets others in' },
];

export const roleLabel = (role: Role): string => ROLES.find((each) => each.value === role)?.label ?? role;

type Given = Pick<Membership, 'role' | 'project' | 'environment' | 'production'>;

/** "in shop/production", "everywhere": where a role is good. */
export function placeOf({ project, environment }: Pick<Given, 'project' | 'environment'>): string {
  if (project && environment) return `in ${project}, ${environment}`;
  return project || environment ? `in ${project ?? environment ?? ''}` : 'everywhere';
}

/** "Operator in shop, production too" */
export function roleWords(given: Given): string {
  const more = given.production && given.role !== 'admin' ? ', production too' : '';
  return `${roleLabel(given.role)} ${placeOf(given)}${more}`;
}

/** Whether somebody with these roles gives roles in this project; without one, everywhere. */
export const letsIn = (held: readonly Given[], project: string | null = null): boolean =>
  held.some((each) => each.role === 'admin' && each.environment === null && (each.project === null || each.project === project));
