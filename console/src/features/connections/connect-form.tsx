import { Button, Select, Switch, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { addresses } from '@/lib/addresses';
import { NO_SLUG, shortSha, slugOf, subject } from '@/lib/format';
import { quote } from '@/lib/shell';
import type { Credential, NewSurvey, SourceKind, Survey } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { formErrors } from '@/ui/form-errors';
import { LinkButton } from '@/ui/link';
import { Panel, Section } from '@/ui/page';
import { Time } from '@/ui/time';
import { useConnect, useSurvey } from './api';
import classes from './connections.module.css';
import { CredentialFields, credentialOptions } from './credential-fields';
import { KINDS, kindOf } from './kinds';

/** So many of a repository's directories are offered by a button; the others are in the list. */
const PLACES = 8;

const OWN = ['url', 'branch', 'directory', 'credential', 'kind', 'name', 'slug', 'description'];

/** An address first, which is tested at once; then what of it becomes a component. */
export function ConnectForm({ project }: { project: string }) {
  const [url, setUrl] = useState('');
  const [credential, setCredential] = useState<Credential>({ kind: 'none', user: '', secret: '' });
  const survey = useSurvey();
  const [tested, setTested] = useState<NewSurvey | null>(null);
  const { fields, rest } = formErrors(survey.error, OWN);

  const look = (wanted: NewSurvey) => {
    setTested(wanted);
    survey.mutate(wanted);
  };
  const test = () => look({ url: url.trim(), branch: '', directory: '', credential });
  return (
    <>
      <Section title="Repository">
        <form
          className={classes['form']}
          onSubmit={(event: React.SubmitEvent) => {
            event.preventDefault();
            test();
          }}
        >
          <TextInput
            label="Address"
            required
            placeholder="https://example.com/team/shop.git"
            description="https, ssh, git, user@host:path, or a path on the server"
            autoComplete="off"
            spellCheck={false}
            value={url}
            onChange={(event) => setUrl(event.currentTarget.value)}
            onBlur={() => {
              if (url.trim() && url.trim() !== tested?.url && !survey.isPending) test();
            }}
            error={fields['url']}
          />
          <CredentialFields value={credential} onChange={setCredential} error={fields['credential']} />
          {rest && (
            <Text role="alert" c="red" size="sm">
              {rest}
            </Text>
          )}
          <div className={classes['actions']}>
            <Button type="submit" variant={survey.data ? 'default' : 'filled'} loading={survey.isPending} disabled={!url.trim()}>
              Test the connection
            </Button>
            <LinkButton to={addresses.project(project)} variant="default">
              Cancel
            </LinkButton>
          </div>
        </form>
      </Section>
      {survey.data && tested && (
        <Found project={project} survey={survey.data} tested={tested} isLooking={survey.isPending} onLook={look} />
      )}
      {!survey.data && tested && (fields['branch'] ?? fields['directory']) && (
        <p role="alert" className={classes['error']}>
          {fields['branch'] ?? fields['directory']}{' '}
          <Button variant="subtle" size="compact-xs" onClick={() => look({ ...tested, branch: '', directory: '' })}>
            Start over
          </Button>
        </p>
      )}
    </>
  );
}

interface FoundProps {
  project: string;
  survey: Survey;
  tested: NewSurvey;
  isLooking: boolean;
  onLook: (wanted: NewSurvey) => void;
}

/** What the repository holds, and which part of it becomes a component. */
function Found({ project, survey, tested, isLooking, onLook }: FoundProps) {
  const [given, setGiven] = useState<string | null>(null);
  const [kind, setKind] = useState<SourceKind | null>(null);
  const [builds, setBuilds] = useState(true);
  const [deploys, setDeploys] = useState(false);
  const connect = useConnect(project);
  const navigate = useNavigate();
  const { fields, rest } = formErrors(connect.error, OWN);
  const directory = tested.directory ?? '';
  const name = given ?? proposed(tested.url, directory);
  const slug = slugOf(name);
  const places = survey.places.filter((place) => place.directory !== directory).slice(0, PLACES);
  const choose = (chosen: string) => onLook({ ...tested, branch: survey.branch, directory: chosen });
  const directories = [...new Set(['', directory, ...survey.places.map((place) => place.directory)])];

  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    connect.mutate(
      { ...tested, name: name.trim(), description: '', branch: survey.branch, kind, auto_build: builds, auto_deploy: deploys },
      { onSuccess: (made) => void navigate(addresses.builds({ project, component: made.slug })) },
    );
  };
  return (
    <Section title="What it becomes">
      <form className={classes['form']} onSubmit={submit}>
        <Panel>
          <div className={classes['found']} aria-live="polite">
            <div>
              It answers. The newest commit of <code className="mono">{survey.branch}</code> is{' '}
              <code className="mono">{shortSha(survey.commit.sha)}</code> “{subject(survey.commit.message)}” by {survey.commit.author},{' '}
              <Time at={survey.commit.at} />.
            </div>
            <ul className={classes['saw']}>
              {survey.saw.map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
            {survey.kind === null && places.length > 0 && (
              <div className={classes['places']} role="group" aria-label="Directories that can be built">
                {places.map((place) => (
                  <Button key={place.directory} variant="light" size="compact-sm" disabled={isLooking} onClick={() => choose(place.directory)}>
                    {labelOf(place.directory, survey)}
                  </Button>
                ))}
              </div>
            )}
          </div>
        </Panel>
        <div className={classes['pair']}>
          <Select
            label="Branch"
            data={survey.branches}
            value={survey.branch}
            allowDeselect={false}
            searchable
            disabled={isLooking}
            onChange={(branch) => branch && onLook({ ...tested, branch })}
            error={fields['branch']}
          />
          <Select
            label="Directory"
            data={directories.map((each) => ({ value: each || '/', label: labelOf(each, survey) }))}
            value={directory || '/'}
            allowDeselect={false}
            searchable
            disabled={isLooking}
            onChange={(chosen) => chosen && choose(chosen === '/' ? '' : chosen)}
            error={fields['directory']}
          />
        </div>
        <div className={classes['pair']}>
          <Select
            label="Build as"
            data={[{ value: '', label: survey.kind ? `Detected: ${KINDS[survey.kind]}` : 'Detected at each build' }, ...Object.entries(KINDS).map(([value, label]) => ({ value, label }))]}
            value={kind ?? ''}
            allowDeselect={false}
            onChange={(chosen) => setKind(kindOf(chosen))}
            error={fields['kind']}
          />
          <TextInput
            label="Name"
            required
            maxLength={80}
            value={name}
            onChange={(event) => setGiven(event.currentTarget.value)}
            error={fields['name'] ?? fields['slug']}
            description={slug || !name.trim() ? `On the command line: ${project}/${slug || '…'}` : NO_SLUG}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
          />
        </div>
        <div className={classes['switches']}>
          <Switch
            label="Build every new commit"
            description="Those that change the directory. New commits are looked for every minute, or at once with a webhook."
            checked={builds}
            onChange={(event) => setBuilds(event.currentTarget.checked)}
          />
          <Switch
            label="Deploy every good build to the first environment"
            description="With the schedules and the configuration of the deployment that is there."
            checked={deploys}
            onChange={(event) => setDeploys(event.currentTarget.checked)}
          />
        </div>
        {(rest ?? fields['url'] ?? fields['credential']) && (
          <Text role="alert" c="red" size="sm">
            {rest ?? fields['url'] ?? fields['credential']}
          </Text>
        )}
        <div className={classes['actions']}>
          <Button type="submit" variant={survey.kind ?? kind ? 'filled' : 'default'} loading={connect.isPending} disabled={!slug || isLooking}>
            {survey.kind ?? kind ? 'Connect' : 'Connect all the same'}
          </Button>
          <CliHint command={commandOf(project, name, { ...tested, branch: survey.branch, kind, auto_build: builds, auto_deploy: deploys })} />
        </div>
      </form>
    </Section>
  );
}

function labelOf(directory: string, survey: Survey): string {
  const place = survey.places.find((each) => each.directory === directory);
  const name = directory || '/ (the whole repository)';
  return place ? `${name} · ${KINDS[place.kind]}` : name;
}

/** `nightly-report` of `https://…/jobs.git` and `jobs/nightly-report`; in words. */
function proposed(url: string, directory: string): string {
  const last = (directory || url.replace(/\/+$/, '').replace(/\.git$/, '')).split(/[/:]/).at(-1) ?? '';
  const words = last.replaceAll(/[-_.]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

type Wish = NewSurvey & { branch: string; kind: SourceKind | null; auto_build: boolean; auto_deploy: boolean };

function commandOf(project: string, name: string, wish: Wish): string {
  const parts = ['component connect', project, quote(name.trim() || 'NAME'), quote(wish.url), `--branch ${quote(wish.branch)}`];
  if (wish.directory) parts.push(`--directory ${quote(wish.directory)}`);
  if (wish.kind) parts.push(`--kind ${wish.kind}`);
  parts.push(...credentialOptions(wish.credential));
  if (!wish.auto_build) parts.push('--no-build');
  if (wish.auto_deploy) parts.push('--deploy');
  return parts.join(' ');
}
