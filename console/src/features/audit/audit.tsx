import { Button, Select, TextInput } from '@mantine/core';
import { IconDownload, IconSearch, IconX } from '@tabler/icons-react';
import { useDebouncedCallback } from '@mantine/hooks';
import { addresses } from '@/lib/addresses';
import type { AuditEntry } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { TextLink } from '@/ui/link';
import { useNow } from '@/ui/now';
import { Page } from '@/ui/page';
import { Empty, Failed, Loading } from '@/ui/states';
import { Time } from '@/ui/time';
import { exportAddress, type Trail, useTrail } from './api';
import classes from './audit.module.css';
import { asked, type Chosen, command, KINDS, kindOf, type Name, OUTCOMES, SPANS, useChosen } from './filter';
import { KeepTrail } from './keep-trail';

type Choose = (change: { [name in Name]?: string | null }) => void;

/** Who did what to which object, when, from where and with which outcome; what is shown is in the address. */
export function Audit({ projects }: { projects: readonly { value: string; label: string }[] }) {
  const [chosen, choose] = useChosen();
  const wanted = asked(chosen, useNow(60_000));
  return (
    <Page
      title="Audit trail"
      wide
      lead="Who did what to which object, when, from where, and with which outcome. Nothing of it can be changed."
      actions={
        <>
          <Export wanted={wanted} format="csv" />
          <Export wanted={wanted} format="jsonl" />
        </>
      }
    >
      <Filters chosen={chosen} choose={choose} projects={projects} />
      <Entries wanted={wanted} choose={choose} isNarrowed={Object.keys(chosen).length > 0} />
      <div className={classes['foot']}>
        <CliHint command={command(chosen)} />
        <KeepTrail />
      </div>
    </Page>
  );
}

function Export({ wanted, format }: { wanted: Trail; format: 'csv' | 'jsonl' }) {
  return (
    <Button component="a" variant="default" href={exportAddress(wanted, format)} download leftSection={<IconDownload size={14} aria-hidden />}>
      {format === 'csv' ? 'CSV' : 'JSON lines'}
    </Button>
  );
}

interface FiltersProps {
  chosen: Chosen;
  choose: Choose;
  projects: readonly { value: string; label: string }[];
}

const LABELS = { actor: 'By', action: 'Action', object: 'Object', environment: 'In' } as const;
const BETWEEN = 'between';

function Filters({ chosen, choose, projects }: FiltersProps) {
  const search = useDebouncedCallback((text: string) => choose({ text }), 300);
  const isBetween = chosen.since === BETWEEN || ((chosen.from ?? chosen.to) !== undefined && !chosen.since);
  const span = isBetween ? BETWEEN : (chosen.since ?? '');
  return (
    <div className={classes['filters']} role="search" aria-label="Entries">
      <TextInput
        size="xs"
        aria-label="Search"
        placeholder="Search in everything"
        leftSection={<IconSearch size={14} aria-hidden />}
        defaultValue={chosen.text ?? ''}
        onChange={(event) => search(event.currentTarget.value)}
        className={classes['search'] ?? ''}
      />
      <Choice label="Kind" all="All kinds" value={kindOf(chosen.action)} options={KINDS} onChange={(action) => choose({ action })} />
      <Choice
        label="Outcome"
        all="Any outcome"
        value={chosen.outcome}
        options={OUTCOMES.map((each) => ({ value: each, label: each[0]?.toUpperCase() + each.slice(1) }))}
        onChange={(outcome) => choose({ outcome })}
      />
      {projects.length > 0 && (
        <Choice label="Project" all="All projects" value={chosen.project} options={projects} onChange={(project) => choose({ project })} />
      )}
      <Choice
        label="Time"
        all="Any time"
        value={span || undefined}
        options={[...SPANS, { value: BETWEEN, label: 'Between…' }]}
        onChange={(since) => choose({ since, ...(since !== BETWEEN && { from: null, to: null }) })}
      />
      {isBetween && (
        <>
          <Instant label="From" value={chosen.from} onChange={(from) => choose({ from })} />
          <Instant label="To" value={chosen.to} onChange={(to) => choose({ to })} />
        </>
      )}
      {(Object.keys(LABELS) as (keyof typeof LABELS)[]).map((name) =>
        chosen[name] && !KINDS.some((each) => name === 'action' && each.value === chosen[name]) ? (
          <Button key={name} size="xs" variant="default" rightSection={<IconX size={13} aria-hidden />} onClick={() => choose({ [name]: null })}>
            {LABELS[name]}: {chosen[name]}
          </Button>
        ) : null,
      )}
    </div>
  );
}

interface ChoiceProps {
  label: string;
  all: string;
  options: readonly { value: string; label: string }[];
  value: string | undefined;
  onChange: (value: string | null) => void;
}

function Choice({ label, all, options, value, onChange }: ChoiceProps) {
  return (
    <Select
      size="xs"
      aria-label={label}
      className={classes['select'] ?? ''}
      data={[{ value: '', label: all }, ...options.map(({ value: each, label: words }) => ({ value: each, label: words }))]}
      value={value ?? ''}
      onChange={(next) => onChange(next || null)}
      allowDeselect={false}
    />
  );
}

function Instant({ label, value, onChange }: { label: string; value: string | undefined; onChange: (value: string) => void }) {
  return (
    <TextInput
      size="xs"
      type="datetime-local"
      aria-label={label}
      value={value ?? ''}
      onChange={(event) => onChange(event.currentTarget.value)}
      className={classes['select'] ?? ''}
    />
  );
}

function Entries({ wanted, choose, isNarrowed }: { wanted: Trail; choose: Choose; isNarrowed: boolean }) {
  const trail = useTrail(wanted);
  if (!trail.data) {
    if (!trail.error) return <Loading lines={8} />;
    return <Failed title="The audit trail could not be loaded." error={trail.error} onRetry={() => void trail.refetch()} />;
  }
  const found = trail.data.pages.flatMap((page) => page.items);
  if (found.length === 0) {
    return (
      <Empty title={isNarrowed ? 'Nothing of the kind is in the audit trail' : 'Nothing has been done yet'}>
        {isNarrowed ? 'Choose another time, or less of the rest.' : 'Whatever somebody changes appears here.'}
      </Empty>
    );
  }
  return (
    <>
      <div className={classes['panel']}>
        <table className={classes['table']} aria-label="Entries">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Who</th>
              <th scope="col">What</th>
              <th scope="col">Outcome</th>
              <th scope="col">From</th>
            </tr>
          </thead>
          <tbody>
            {found.map((entry) => (
              <Row key={entry.id} entry={entry} choose={choose} />
            ))}
          </tbody>
        </table>
      </div>
      {trail.hasNextPage && (
        <div>
          <Button variant="default" onClick={() => void trail.fetchNextPage()} loading={trail.isFetchingNextPage}>
            Show older entries
          </Button>
        </div>
      )}
    </>
  );
}

const SHOWN_ELSEWHERE = new Set(['sentence', 'project', 'environment', 'address']);

function Row({ entry, choose }: { entry: AuditEntry; choose: Choose }) {
  const { sentence } = entry.facts;
  const told = Object.entries(entry.facts).filter(([name, value]) => !SHOWN_ELSEWHERE.has(name) && value !== null && value !== '');
  return (
    <tr>
      <td>
        <Time at={entry.at} as="clock" />
      </td>
      <td className={classes['who']}>
        <Only value={entry.actor} label={`Only what ${entry.actor} did`} onClick={() => choose({ actor: entry.actor })} />
      </td>
      <td className={classes['what']}>
        <Only value={entry.action} label={`Only ${entry.action}`} mono onClick={() => choose({ action: entry.action })} /> <Thing entry={entry} />
        {entry.environment && entry.environment !== entry.object && <span className={classes['soft']}> in {entry.environment}</span>}
        {typeof sentence === 'string' && <span className={classes['sentence']}>{sentence}</span>}
        {told.length > 0 && (
          <span className={classes['facts']}>
            {told.map(([name, value]) => (
              <span key={name}>
                {name.replaceAll('_', ' ')} <b title={String(value)}>{inWords(value)}</b>
              </span>
            ))}
          </span>
        )}
      </td>
      <td className={classes['end']}>
        <span className={classes['outcome']} data-outcome={entry.outcome}>
          {entry.outcome}
        </span>
      </td>
      <td className={classes['from']}>
        {entry.address}{' '}
        {entry.way && <span className={classes['soft']}>{entry.way}</span>}
      </td>
    </tr>
  );
}

/** A fact as people read it: of a commit, as much as tells it from others. */
function inWords(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  const text = String(value);
  return /^[0-9a-f]{40}$/.test(text) ? text.slice(0, 8) : text;
}

function Only({ value, label, mono = false, onClick }: { value: string; label: string; mono?: boolean; onClick: () => void }) {
  return (
    <button type="button" title={label} aria-label={`${value}: ${label.toLowerCase()}`} className={mono ? `${classes['only']} mono` : classes['only']} onClick={onClick}>
      {value}
    </button>
  );
}

/** The object, as a link where it has a page of its own. It may be gone by now. */
function Thing({ entry: { object, project, action } }: { entry: AuditEntry }) {
  const [first = '', second, ...more] = object.split('/');
  if (project !== null && first === project && second && more.length === 0) {
    return <TextLink to={addresses.component({ project, component: second })}>{object}</TextLink>;
  }
  if (project !== null && object === project && action !== 'project.removed') return <TextLink to={addresses.project(project)}>{object}</TextLink>;
  return <span>{object}</span>;
}
