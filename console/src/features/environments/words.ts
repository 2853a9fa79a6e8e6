/** What environments are called by, and the order that a move makes. */
import { tellsProduction } from '@/lib/roles';
import type { Environment, Membership, Person } from '@/lib/types';
import type { Wanted } from './api';

export const PLANES = [
  { value: 'process', label: 'The servers themselves' },
  { value: 'agents', label: 'Agents on other machines' },
  { value: 'docker', label: "The servers' Docker Engine" },
] as const satisfies readonly { value: Environment['data_plane']; label: string }[];

export const PLANE_WORDS: Record<Environment['data_plane'], string> = {
  process: 'runs on the servers',
  agents: 'runs on agents',
  docker: 'runs in containers',
};

const RUN_ON: Record<Environment['data_plane'], string> = { process: 'servers', agents: 'agents', docker: 'docker' };

/** The same changes on the command line, one each. */
export function commands(environment: string, { dataPlane, atOnce, retention }: Wanted): string[] {
  return [
    ...(dataPlane ? [`environment run-on ${environment} ${RUN_ON[dataPlane]}`] : []),
    ...(atOnce ? [`environment limit ${environment} --at-once ${atOnce.at_once ?? 'none'}`] : []),
    ...(retention ? [`environment keep ${environment} ${retention.days === null ? '--for-ever' : `--days ${retention.days}`} --last ${retention.last}`] : []),
  ];
}

/** An environment goes right before another one, or to the end. */
export interface Move {
  environment: string;
  before: string | null;
}

export function moved(order: readonly Environment[], { environment, before }: Move): Environment[] {
  const mover = order.find((each) => each.slug === environment);
  if (!mover || before === environment) return [...order];
  const others = order.filter((each) => each !== mover);
  const at = others.findIndex((each) => each.slug === before);
  return at < 0 ? [...others, mover] : others.toSpliced(at, 0, mover);
}

/** A role, and who has it. */
export interface Held {
  name: string;
  role: Membership;
}

/**
 * Whose roles weigh otherwise once an environment counts as production, or does no more: those to operate that name it,
 * and those of everywhere or of a project that are not for production.
 */
export function remarked(people: readonly Person[], environment: string): { naming: Held[]; others: Held[] } {
  const held = people.filter((each) => !each.disabled_at).flatMap(({ name, grants }) => grants.map((role) => ({ name, role })));
  return {
    naming: held.filter(({ role }) => role.environment === environment && (role.role === 'operator' || role.role === 'admin')),
    others: held.filter(({ role }) => tellsProduction(role) && !role.production),
  };
}
