import { Button, Select, Switch, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { ComponentRef, Recipe } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { DurationInput } from '@/ui/duration-input';
import { formErrors } from '@/ui/form-errors';
import { May } from '@/ui/may';
import { notifyDone } from '@/ui/notify';
import { Section } from '@/ui/page';
import { Async } from '@/ui/states';
import { useBuilds, useChangeRecipe, useRecipe } from './api';
import classes from './build-settings.module.css';
import { KINDS } from './recipe-words';

/** How the next builds are made; what is left empty the source says, or the server. */
export function BuildSettings({ of }: { of: ComponentRef }) {
  const recipe = useRecipe(of);
  return (
    <Section title="Build">
      <Async query={recipe} failed="The build settings could not be loaded.">
        {(it) => <Fields key={JSON.stringify(it)} of={of} recipe={it} />}
      </Async>
    </Section>
  );
}

type Wish = Omit<Recipe, 'arguments' | 'directory'> & { arguments: string };

const isKind = (text: string): text is keyof typeof KINDS => Object.hasOwn(KINDS, text);
const beginning = ({ arguments: given, ...rest }: Recipe): Wish => ({
  ...rest,
  arguments: Object.entries(given).map(([name, value]) => `${name}=${value}`).join('\n'),
});

function Fields({ of, recipe }: { of: ComponentRef; recipe: Recipe }) {
  const [wish, setWish] = useState<Wish>(() => beginning(recipe));
  const change = useChangeRecipe(of);
  const builds = useBuilds(of, 1);
  const { fields, rest } = formErrors(change.error, ['kind', 'dockerfile', 'python', 'time_out_s', 'allow_root', 'arguments']);
  const set = (part: Partial<Wish>) => setWish({ ...wish, ...part });
  const isDocker = wish.kind === null || wish.kind === 'dockerfile';
  const saw = builds.data?.[0]?.saw;
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    change.mutate(
      {
        kind: wish.kind,
        dockerfile: wish.dockerfile?.trim() || null,
        arguments: argumentsOf(wish.arguments),
        allow_root: wish.allow_root,
        python: wish.python?.trim() || null,
        time_out_s: wish.time_out_s,
      },
      { onSuccess: () => notifyDone('The next build is made with these settings.') },
    );
  };
  return (
    <form className={classes['form']} onSubmit={submit} noValidate>
      <Select
        label="Build as"
        description={saw ? `The last build: ${saw}` : 'What is detected is said in the log of each build.'}
        data={[{ value: 'detected', label: 'What is detected at each build' }, ...Object.entries(KINDS).map(([value, label]) => ({ value, label }))]}
        value={wish.kind ?? 'detected'}
        allowDeselect={false}
        onChange={(kind) => kind && set({ kind: isKind(kind) ? kind : null })}
        error={fields['kind']}
      />
      {isDocker && (
        <>
          <TextInput
            label="Dockerfile"
            description="Where it is built as a Dockerfile: its path in the source."
            placeholder="Dockerfile or Containerfile, at the root"
            autoComplete="off"
            spellCheck={false}
            value={wish.dockerfile ?? ''}
            onChange={(event) => set({ dockerfile: event.currentTarget.value })}
            error={fields['dockerfile']}
          />
          <Textarea
            label="Build arguments"
            description="For the ARGs of the Dockerfile, NAME=value on a line each. No secrets: the image and every build tell them."
            placeholder="VERSION=2"
            autosize
            minRows={2}
            spellCheck={false}
            classNames={{ input: 'mono' }}
            value={wish.arguments}
            onChange={(event) => set({ arguments: event.currentTarget.value })}
            error={fields['arguments']}
          />
        </>
      )}
      {(wish.kind === null || wish.kind === 'python') && (
        <TextInput
          label="Python"
          description="Where it is built as Python: a version that is installed on the server."
          placeholder="what the project asks for"
          maw={260}
          autoComplete="off"
          value={wish.python ?? ''}
          onChange={(event) => set({ python: event.currentTarget.value })}
          error={fields['python']}
        />
      )}
      <DurationInput
        label="Time-out"
        description="A build that takes longer is ended. Empty means as long as the server lets it."
        value={wish.time_out_s}
        onChange={(time_out_s) => set({ time_out_s })}
        unit="minutes"
        error={fields['time_out_s']}
      />
      {(isDocker || wish.kind === 'image') && (
        <Switch
          label="Its image may run as root"
          description={`It takes an administrator to allow this. Better is ${wish.kind === 'image' ? 'a line user = "10001" in image.toml' : 'a line USER 10001 at the end of the Dockerfile'}.`}
          checked={wish.allow_root}
          onChange={(event) => set({ allow_root: event.currentTarget.checked })}
          error={fields['allow_root']}
        />
      )}
      {rest && (
        <Text role="alert" c="red" size="sm">
          {rest}
        </Text>
      )}
      <div className={classes['actions']}>
        <May do="develop" project={of.project}>
          <Button type="submit" loading={change.isPending}>
            Save the build settings
          </Button>
        </May>
        <CliHint command={`component build-settings ${of.project}/${of.component}`} />
      </div>
    </form>
  );
}

/** By name, of a line NAME=value each. */
export function argumentsOf(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.trim());
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=');
      return at < 0 ? [line.trim(), ''] : [line.slice(0, at).trim(), line.slice(at + 1)];
    }),
  );
}
