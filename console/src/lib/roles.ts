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

/** Whether it is said of such a role if it is good in production: one that changes no environment never is, and some always are. */
export const tellsProduction = ({ role, project, environment }: Omit<Given, 'production'>): boolean =>
  environment === null && (role === 'operator' || (role === 'admin' && project !== null));

/** "Operator in shop, production too" */
export function roleWords(given: Given): string {
  const more = tellsProduction(given) ? (given.production ? ', production too' : ', without production') : '';
  return `${roleLabel(given.role)} ${placeOf(given)}${more}`;
}

/** What somebody with the role may, in a sentence or two. */
export function roleMay(given: Given): string {
  const { role, project, environment, production } = given;
  const where = project ?? 'all projects';
  const except = production ? 'production included' : 'but for production';
  switch (role) {
    case 'viewer':
      return `Looks at ${where}: source, builds, executions and logs. Changes nothing.`;
    case 'developer':
      return `Looks at ${where}, and changes source and builds there. Deploys and runs nothing.${project ? '' : ' Makes projects, and administers those without their production.'}`;
    case 'operator':
      return environment
        ? `Looks at ${where}, and in ${environment} deploys, runs, pauses, stops, and sets values and secrets.`
        : `Changes source and builds in ${where}; deploys, runs, pauses, stops, and sets values and secrets, ${except}.`;
    case 'admin':
      return project ? `Does everything in ${project}, ${except}, and gives others roles there.` : 'Does everything everywhere, production included, and lets others in.';
  }
}

/** Whether somebody with these roles gives roles in this project; without one, everywhere. */
export const letsIn = (held: readonly Given[], project: string | null = null): boolean =>
  held.some((each) => each.role === 'admin' && each.environment === null && (each.project === null || each.project === project));
