/** Plain values of the API's shapes; a test names only what it is about. */
import type { Alert, AlertCondition, Build, Calendar, Card, Channel, Commit, ComponentSummary, Deployment, DeploymentEntry, DeploymentRequest, Environment, Execution, Incident, Person, Project } from '@/lib/types';

const AT = '2026-11-22T08:00:00Z';

export const development: Environment = {
  slug: 'development',
  name: 'Development',
  position: 0,
  is_production: false,
  data_plane: 'process',
  at_once: null,
  approval: null,
};
export const production: Environment = { ...development, slug: 'production', name: 'Production', position: 1, is_production: true };
export const environments: Environment[] = [development, production];

export const person = (own: Partial<Person> = {}): Person => ({
  id: 'per_1',
  name: 'admin',
  login: 'admin',
  kind: 'person',
  grants: [{ id: 'gra_1', role: 'admin', project: null, environment: null, production: true, created_at: AT, created_by: 'Clockhouse' }],
  created_at: AT,
  created_by: null,
  signed_in_at: AT,
  disabled_at: null,
  has_password: true,
  is_linked: false,
  ...own,
});

export const project = (own: Partial<Project> = {}): Project => ({
  slug: 'example',
  name: 'Example',
  description: '',
  is_example: false,
  components: 1,
  created_at: AT,
  ...own,
});

export const card = (own: Partial<Card> = {}): Card => ({
  environment: development,
  deployment: null,
  next_due_at: null,
  running: 0,
  last: null,
  strip: [],
  ...own,
});

export const component = (own: Partial<ComponentSummary> = {}): ComponentSummary => ({
  project: 'example',
  slug: 'health-check',
  name: 'Health check',
  description: '',
  kind: 'scheduled',
  template: 'health-check',
  is_connected: false,
  created_at: AT,
  environments: environments.map((environment) => card({ environment })),
  ...own,
});

export const commit = (own: Partial<Commit> = {}): Commit => ({
  sha: 'a1b2c3d4e5f6a7b8c9d0a1b2c3d4e5f6a7b8c9d0',
  message: 'Wait ten seconds at most',
  author: 'admin',
  at: AT,
  ...own,
});

export const build = (own: Partial<Build> = {}): Build => ({
  number: 1,
  status: 'succeeded',
  commit: commit(),
  steps: [],
  problem: null,
  settings: [],
  digest: 'sha256:1234',
  requested_by: 'admin',
  created_at: AT,
  started_at: AT,
  finished_at: AT,
  retired_at: null,
  recipe: null,
  saw: null,
  branch: null,
  declaration: null,
  ...own,
});

export const deployment = (own: Partial<Deployment> = {}): Deployment => ({
  id: 'dep_1',
  number: 1,
  environment: 'development',
  release: { id: 'rel_1', build: 1, digest: 'sha256:1234', commit: commit() },
  settings: [],
  configuration: {},
  schedules: [
    {
      id: 'sch_1',
      trigger: { kind: 'interval', every_s: 10, start: AT, end: null },
      overlap: 'skip',
      catch_up: { mode: 'last', within_s: null, after_pause: false },
      words: 'Every 10 s',
      zone: 'UTC',
      next_due_at: AT,
      max_count: null,
      end_after_failures: null,
      count: 0,
      ended_at: null,
      ended_reason: null,
    },
  ],
  time_out_s: null,
  retry: { attempts: 1, delay_s: 1, backoff: 'fixed', max_delay_s: null },
  at_once: null,
  container: { cpus: null, memory_bytes: null, processes: null, network: null },
  status: 'active',
  pause: null,
  created_at: AT,
  created_by: 'admin',
  rolled_back_to: null,
  watch: null,
  ...own,
});

/** A deployment as the history tells it. */
export const entry = (own: Partial<DeploymentEntry> = {}): DeploymentEntry => ({ ...deployment(own), changes: null, ...own });

/** A deployment that waits to be approved. */
export const request = (own: Partial<DeploymentRequest> = {}): DeploymentRequest => ({
  number: 1,
  project: 'example',
  project_name: 'Example',
  component: 'health-check',
  component_name: 'Health check',
  environment: 'production',
  environment_name: 'Production',
  release: deployment().release,
  source: 'development',
  configuration: {},
  schedules: ['Every 10 seconds'],
  watch: false,
  note: '',
  status: 'open',
  requested_by: 'ada',
  created_at: AT,
  expires_at: AT,
  decided_at: null,
  decided_by: null,
  comment: '',
  problem: null,
  deployment: null,
  may_decide: true,
  may_cancel: false,
  is_news: false,
  changes: null,
  ...own,
});

export const execution = (own: Partial<Execution> = {}): Execution => ({
  id: 'exe_1',
  project: 'example',
  component: 'health-check',
  environment: 'development',
  deployment: 1,
  build: 1,
  commit: commit().sha,
  state: 'succeeded',
  origin: 'schedule',
  due_at: AT,
  queued_at: AT,
  claimed_at: AT,
  started_at: AT,
  finished_at: AT,
  duration_s: 0.4,
  attempt: 1,
  exit_code: 0,
  signal: null,
  reason: null,
  requested_by: null,
  arguments: {},
  repeats: null,
  backfill: null,
  ran_on: null,
  cpu_s: 0.1,
  peak_bytes: 31_000_000,
  ...own,
});

export const calendar = (own: Partial<Calendar> = {}): Calendar => ({
  zone: 'UTC',
  start: AT,
  end: AT,
  total: 0,
  first: [],
  days: [],
  months: [],
  durations: null,
  overlaps: null,
  ...own,
});

export const condition = (own: Partial<AlertCondition> = {}): AlertCondition => ({ kind: 'failures', count: 1, limit_s: null, ...own });

export const incident = (own: Partial<Incident> = {}): Incident => ({
  id: 'inc_1',
  alert: 1,
  project: 'example',
  component: 'health-check',
  environment: 'production',
  sentence: 'a failure',
  began_at: AT,
  noticed_at: AT,
  opened_by: 'exe_1',
  due_at: AT,
  reason: 'The task ended with exit code 3.',
  over_at: null,
  ended_by: null,
  quiet: null,
  failures: 2,
  messages: [],
  ...own,
});

export const alert = (own: Partial<Alert> = {}): Alert => ({
  number: 1,
  sentence: 'Tell ops about any component in production: a failure.',
  when: 'a failure',
  condition: condition(),
  component: null,
  environment: 'production',
  channels: ['ops'],
  tells_end: true,
  is_on: true,
  is_declared: false,
  since: AT,
  created_at: AT,
  created_by: 'admin',
  open: 0,
  last: null,
  ...own,
});

export const channel = (own: Partial<Channel> = {}): Channel => ({
  name: 'ops',
  kind: 'email',
  host: 'smtp.example.com',
  fingerprint: '0123abcd',
  created_at: AT,
  created_by: 'admin',
  set_at: AT,
  set_by: 'admin',
  told_at: null,
  waiting: 0,
  trouble: null,
  next_at: null,
  ...own,
});
