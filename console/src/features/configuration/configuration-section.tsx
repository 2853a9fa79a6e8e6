import { Button, VisuallyHidden } from '@mantine/core';
import { useState } from 'react';
import type { ComponentRef, Configuration, ConfigurationCell, ConfigurationRow } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { May } from '@/ui/may';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { Section } from '@/ui/page';
import { Async, Empty } from '@/ui/states';
import { type Place, useConfiguration, useRedeploy } from './api';
import { AskToRedeploy, redeployCommand } from './ask-to-redeploy';
import classes from './configuration.module.css';
import { EditValue, type ValueField } from './edit-value';
import { counting, STATES, stored, waiting } from './words';

/** What the next deployments are configured with: each setting in all environments and in each. */
export function ConfigurationSection({ of, field }: { of: ComponentRef; field: ValueField }) {
  const configuration = useConfiguration(of);
  return (
    <Section title="Configuration" id="configuration">
      <Async query={configuration} failed="The configuration could not be loaded.">
        {(it) => <Matrix of={of} configuration={it} field={field} />}
      </Async>
    </Section>
  );
}

function Matrix({ of, configuration, field }: { of: ComponentRef; configuration: Configuration; field: ValueField }) {
  const [place, setPlace] = useState<Place | null>(null);
  const { rows, environments, build } = configuration;
  if (rows.length === 0) {
    return (
      <Empty title={build === null ? 'Nothing is built yet' : 'The code asks for no values'}>
        {build === null
          ? 'What can be set is said by the code of a build that succeeded.'
          : 'Give main a configuration class with settings, and build: they can be set here then, for all environments or for each.'}
      </Empty>
    );
  }
  return (
    <div className={classes['whole']}>
      {environments.map((each) => {
        const count = waiting(rows).get(each.slug);
        return count && <Waiting key={each.slug} of={of} place={each} count={count} />;
      })}
      <div className={classes['panel']} role="region" aria-label="Settings by environment" tabIndex={0}>
        <table className={classes['table']}>
          <thead>
            <tr>
              <th scope="col">Setting</th>
              <th scope="col">All environments</th>
              {environments.map((each) => (
                <th key={each.slug} scope="col">
                  {each.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={row.name} row={row} names={new Map(environments.map(({ slug, name }) => [slug, name]))} onEdit={(environment) => setPlace({ name: row.name, environment })} />
            ))}
          </tbody>
        </table>
      </div>
      <p className={classes['soft']}>
        Choose a cell to set its value. A deployment starts from what is set here, and keeps what it had. A secret is never shown again: the digits are its
        fingerprint, the same for the same secret.
      </p>
      <div>
        <CliHint command={`config list ${of.project}/${of.component}`} />
      </div>
      <EditValue of={of} configuration={configuration} place={place} onClose={() => setPlace(null)} field={field} />
    </div>
  );
}

function Row({ row, names, onEdit }: { row: ConfigurationRow; names: ReadonlyMap<string, string>; onEdit: (environment: string | null) => void }) {
  const type = row.setting?.type;
  return (
    <tr>
      <th scope="row">
        <span className="mono">{row.name}</span>
        <span className={classes['about']}>{row.setting ? (type === 'secret' ? 'secret' : row.setting.required ? 'needed' : '') : 'not declared any more'}</span>
      </th>
      <td data-label="All environments">
        <button type="button" className={classes['cell']} onClick={() => onEdit(null)}>
          <VisuallyHidden>{`${row.name} for all environments: `}</VisuallyHidden>
          {row.everywhere ? (
            <span className={classes['value']} title={stored(row.everywhere)}>
              {stored(row.everywhere)}
            </span>
          ) : (
            <span className={classes['nothing']}>not set</span>
          )}
          {row.everywhere?.file && <span className={classes['state']}>{` file ${row.everywhere.file}`}</span>}
        </button>
      </td>
      {row.cells.map((cell) => (
        <td key={cell.environment} data-label={names.get(cell.environment)}>
          <CellButton row={row} cell={cell} name={names.get(cell.environment) ?? cell.environment} onClick={() => onEdit(cell.environment)} />
        </td>
      ))}
    </tr>
  );
}

function CellButton({ row, cell, name, onClick }: { row: ConfigurationRow; cell: ConfigurationCell; name: string; onClick: () => void }) {
  const value = counting(row, cell);
  const file = cell.state === 'set' && cell.own?.file ? `, file ${cell.own.file}` : '';
  const state = `${STATES[cell.state]}${file}`;
  return (
    <button type="button" className={classes['cell']} data-state={cell.state} onClick={onClick}>
      <VisuallyHidden>{`${row.name} in ${name}: `}</VisuallyHidden>
      {value !== null && (
        <span className={classes['value']} title={value}>
          {value}
        </span>
      )}{' '}
      <span className={classes['state']}>{state}</span>{' '}
      {cell.waits && <span className={classes['waits']}>differs from what is deployed</span>}
    </button>
  );
}

interface WaitingProps {
  of: ComponentRef;
  place: Configuration['environments'][number];
  /** How many values are other ones. */
  count: number;
}

/** What is deployed has other values than what is set: it can be deployed again, or that is asked for. */
function Waiting({ of, place, count }: WaitingProps) {
  return (
    <div className={classes['waiting']} role="note">
      <span>
        What is deployed in {place.name} has {count === 1 ? 'another value' : `${count} other values`} than what is set here.
      </span>
      {place.needs_approval ? <AskToRedeploy of={of} place={place} /> : <Redeploy of={of} place={place} />}
      <CliHint command={redeployCommand(of, place.slug)} />
    </div>
  );
}

const SAME = 'The same release with what is set here; schedules, limits and a pause stay';

function Redeploy({ of, place: { slug, name } }: Omit<WaitingProps, 'count'>) {
  const redeploy = useRedeploy(of);
  const run = () =>
    redeploy.mutate(slug, {
      onSuccess: (made) => notifyDone(`${name} has what is set here, as deployment ${made.number}.`),
      onError: (error) => notifyFailed(`${name} could not be deployed again`, error),
    });
  return (
    <May do="operate" project={of.project} environment={{ slug, name }}>
      <Button variant="default" size="compact-sm" loading={redeploy.isPending} onClick={run} title={SAME}>
        Redeploy {name}
      </Button>
    </May>
  );
}
