/** What somebody may do. The server decides; this is so that nothing is offered that it would refuse. */
import type { Reach } from './types';

export type Permission = Reach['permissions'][number];

export interface Place {
  /** The slug of a project; null: what belongs to none. */
  project?: string | null | undefined;
  /** Where something is changed. */
  environment?: { slug: string; name: string } | undefined;
}

/** Whether one of the roles covers it. Without an environment, to operate is to do so in any of them. */
export function covers(may: readonly Reach[], permission: Permission, { project = null, environment }: Place = {}): boolean {
  return may.some(
    (each) =>
      each.permissions.includes(permission) &&
      (each.project === null || each.project === project || (permission === 'read' && project === null)) &&
      (permission !== 'operate' || !environment || each.operates_in.includes(environment.slug)),
  );
}

const WORDS: Record<Permission, string> = {
  read: 'look at this',
  develop: 'change this',
  operate: 'deploy, run, pause or stop',
  administer: 'do this: it takes an administrator',
};

/** Why somebody may not. */
export function refusal(permission: Permission, { environment }: Place = {}): string {
  const where = environment && permission === 'operate' ? ` in ${environment.name}` : '';
  const advice = permission === 'administer' ? '' : ' Ask an administrator for a role that may.';
  return `Your role does not let you ${WORDS[permission]}${where}.${advice}`;
}
