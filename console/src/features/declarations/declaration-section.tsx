import { Button, CopyButton, Text } from '@mantine/core';
import { IconFileCode } from '@tabler/icons-react';
import type { ComponentRef, DeclarationShown, Environment, InForce } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { Fold } from '@/ui/fold';
import { May } from '@/ui/may';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { Section } from '@/ui/page';
import { Async } from '@/ui/states';
import { Time } from '@/ui/time';
import { useDeclaration, useForgetDeclaration } from './api';
import classes from './declarations.module.css';
import { said } from './words';

/** The clockhouse.yaml that counts, if there is one, and what one would say of the component as it is. */
export function DeclarationSection({ of, environments }: { of: ComponentRef; environments: readonly Environment[] }) {
  const declaration = useDeclaration(of);
  return (
    <Section title="As code">
      <Async query={declaration} failed="What a clockhouse.yaml would say could not be loaded.">
        {(it) => <AsCode of={of} declaration={it} names={new Map(environments.map(({ slug, name }) => [slug, name]))} />}
      </Async>
    </Section>
  );
}

interface AsCodeProps {
  of: ComponentRef;
  declaration: DeclarationShown;
  names: ReadonlyMap<string, string>;
}

function AsCode({ of, declaration, names }: AsCodeProps) {
  const ref = `${of.project}/${of.component}`;
  return (
    <div className={classes['whole']}>
      {declaration.in_force ? (
        <Counting of={of} by={declaration.in_force} names={names} />
      ) : (
        <Text size="sm" c="dimmed">
          Schedules, limits, values, alerts and build settings can be kept in a <code className="mono">clockhouse.yaml</code> beside the
          code. What it says wins over what is set here.
        </Text>
      )}
      <Fold title="This component as a clockhouse.yaml" summary="as it is now, without secrets">
        <pre className={`${classes['text']} mono`} tabIndex={0} aria-label="clockhouse.yaml">
          {declaration.text}
        </pre>
        <div className={classes['actions']}>
          <CopyButton value={declaration.text} timeout={1500}>
            {({ copied, copy }) => (
              <Button variant="default" size="xs" onClick={copy}>
                {copied ? 'Copied' : 'Copy the text'}
              </Button>
            )}
          </CopyButton>
          <CliHint command={`export ${ref} > clockhouse.yaml`} />
        </div>
      </Fold>
      <CliHint command={`apply ${ref} -f clockhouse.yaml`} />
    </div>
  );
}

function Counting({ of, by, names }: { of: ComponentRef; by: InForce; names: ReadonlyMap<string, string> }) {
  const forget = useForgetDeclaration(of);
  const stop = () =>
    forget.mutate(undefined, {
      onSuccess: () => notifyDone('The file counts no more. What it has changed stays as it is.'),
      onError: (error) => notifyFailed('The file still counts.', error),
    });
  return (
    <div className={classes['note']} role="note">
      <IconFileCode size={16} aria-hidden className={classes['mark']} />
      <div className={classes['said']}>
        <p>
          What counts is {by.words}
          {by.at && (
            <>
              {' '}
              on <Time at={by.at} as="full" />
            </>
          )}
          . It wins over what is set here. {by.remedy}
        </p>
        <ul>
          {Object.entries(by.environments).map(([slug, each]) => (
            <li key={slug}>
              {names.get(slug) ?? slug}: {said(each) || 'nothing'}
            </li>
          ))}
        </ul>
        {by.build === null && (
          <div className={classes['actions']}>
            <May do="develop">
              <Button variant="default" size="xs" loading={forget.isPending} onClick={stop}>
                Let it count no more
              </Button>
            </May>
            <CliHint command={`apply ${of.project}/${of.component} --forget`} />
          </div>
        )}
      </div>
    </div>
  );
}
