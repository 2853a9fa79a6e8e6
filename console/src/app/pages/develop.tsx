import { useBuilds } from '@/features/builds/api';
import { StartBuild } from '@/features/builds/start-build';
import { useComponent } from '@/features/components/api';
import { ConfigurationFields } from '@/features/deployments/configuration-fields';
import { beginWith, secretsOf, toConfiguration } from '@/features/deployments/wish';
import { ConnectionNotice, LookButton } from '@/features/connections/connection-section';
import { useSource } from '@/editor/api';
import { Reading } from '@/editor/reading';
import type { ConfigurationForm, Deployed } from '@/editor/run/form';
import { Workbench } from '@/editor/workbench';
import { addresses } from '@/lib/addresses';
import type { Card, ComponentRef } from '@/lib/types';
import { LinkButton } from '@/ui/link';
import { BuildOutcome } from '@/ui/outcome';
import { Page } from '@/ui/page';
import { useComponentRef } from '@/ui/params';
import { Async, Loading } from '@/ui/states';

export function Component() {
  const ref = useComponentRef();
  const component = useComponent(ref);
  const source = useSource(ref);
  if (!source.data || (!component.data && !component.isError)) {
    return (
      <Page title="Develop" wide>
        <Async query={source} loading={<Loading lines={10} height={22} />} failed="The source could not be loaded.">
          {() => null}
        </Async>
      </Page>
    );
  }
  if (component.data?.is_connected) {
    return (
      <Reading
        component={ref}
        source={source.data}
        actions={
          <>
            <LookButton of={ref} />
            <BuildAction component={ref} commit={source.data.commit.sha} isPrimary />
          </>
        }
        notice={<ConnectionNotice of={ref} />}
      />
    );
  }
  return (
    <Workbench
      // Another component's code begins with nothing of this one's.
      key={`${ref.project}/${ref.component}`}
      component={ref}
      source={source.data}
      form={FORM}
      deployed={deployedOf(component.data?.environments ?? [])}
      buildAction={(commit, isPrimary) => <BuildAction component={ref} commit={commit} isPrimary={isPrimary} />}
    />
  );
}

/** Values of a run are filled in as for a deployment. */
const FORM: ConfigurationForm = {
  fields: (props) => <ConfigurationFields {...props} />,
  initial: (settings, like) => beginWith(settings, like, secretsOf(like), []).configuration,
  sent: toConfiguration,
  kept: (like) => secretsOf(like),
};

/** What is deployed in the first environment, where tasks are tried; what others approve of is no draft's to take. */
function deployedOf(cards: readonly Card[]): Deployed | null {
  const [first] = cards;
  return first?.deployment && first.environment.approval === null ? { slug: first.environment.slug, name: first.environment.name, deployment: first.deployment } : null;
}

/** Builds the commit that is open, or leads to the build it has. */
function BuildAction({ component, commit, isPrimary }: { component: ComponentRef; commit: string; isPrimary: boolean }) {
  const builds = useBuilds(component);
  const build = builds.data?.find((each) => each.commit.sha === commit);
  if (build && (build.status === 'succeeded' || build.status === 'running' || build.status === 'queued')) {
    return (
      <LinkButton to={addresses.build(component, build.number)} variant="default" leftSection={<BuildOutcome status={build.status} as="mark" />}>
        Build {build.number}
      </LinkButton>
    );
  }
  return (
    <StartBuild component={component} commit={commit} variant={isPrimary ? 'filled' : 'default'}>
      Build this commit
    </StartBuild>
  );
}
