/** The console's own addresses: every object has a stable one. */
import type { ComponentRef } from './types';

const part = encodeURIComponent;

export const addresses = {
  home: '/',
  signIn: '/sign-in',
  welcome: '/welcome',
  account: '/account',
  people: '/people',
  allExecutions: '/executions',
  environments: '/environments',
  /** The audit trail; of one object, where that is named. */
  audit: (object?: string) => (object === undefined ? '/audit' : `/audit?object=${part(object)}`),
  project: (project: string) => `/projects/${part(project)}`,
  /** What came of a project's alerts; of one of them or of one component, where that is named. */
  incidents: (project: string, chosen: { alert?: number; component?: string; open?: boolean } = {}) =>
    `${addresses.project(project)}/incidents${searchOf(chosen)}`,
  newComponent: (project: string) => `/projects/${part(project)}/new`,
  component: ({ project, component }: ComponentRef) => `/projects/${part(project)}/components/${part(component)}`,
  overview: (ref: ComponentRef) => `${addresses.component(ref)}/overview`,
  develop: (ref: ComponentRef) => `${addresses.component(ref)}/develop`,
  /** The editor with the source that an execution ran, where it failed. */
  debug: (ref: ComponentRef, build: number, execution: string) =>
    `${addresses.develop(ref)}?release=${build}&execution=${part(execution)}`,
  builds: (ref: ComponentRef) => `${addresses.component(ref)}/build`,
  build: (ref: ComponentRef, number: number) => `${addresses.component(ref)}/build/${number}`,
  deploy: (ref: ComponentRef) => `${addresses.component(ref)}/deploy`,
  /** The deploy page with the form open that places a build in an environment. */
  deployTo: (ref: ComponentRef, environment: string, build: number) =>
    `${addresses.deploy(ref)}?deploy=${part(environment)}&build=${build}`,
  /** The page that shows what a promotion would change, and on which it is made. */
  promote: (ref: ComponentRef, from: string, to: string) =>
    `${addresses.component(ref)}/promote/${part(to)}?from=${part(from)}`,
  executions: (ref: ComponentRef) => `${addresses.component(ref)}/executions`,
  execution: (ref: ComponentRef, id: string) => `${addresses.component(ref)}/executions/${part(id)}`,
  observe: (ref: ComponentRef) => `${addresses.component(ref)}/observe`,
  settings: (ref: ComponentRef) => `${addresses.component(ref)}/settings`,
};

function searchOf({ alert, component, open = false }: { alert?: number; component?: string; open?: boolean }): string {
  const search = new URLSearchParams({ ...(alert !== undefined && { alert: String(alert) }), ...(component !== undefined && { component }), ...(open && { open: '1' }) });
  return search.size > 0 ? `?${search.toString()}` : '';
}
