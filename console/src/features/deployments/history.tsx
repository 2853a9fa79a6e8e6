import { Badge, SegmentedControl, Table, VisuallyHidden } from '@mantine/core';
import { addresses } from '@/lib/addresses';
import type { ComponentRef, Deployment, Environment } from '@/lib/types';
import { Commit } from '@/ui/commit';
import { LinkButton, TextLink } from '@/ui/link';
import { Section } from '@/ui/page';
import { Time } from '@/ui/time';
import classes from './history.module.css';

interface HistoryProps {
  component: ComponentRef;
  deployments: readonly Deployment[];
  environments: readonly Environment[];
  /** The one whose deployments are shown; "all" for every one. */
  environment: string;
  onEnvironment: (slug: string) => void;
  /** The address of the form that deploys the same again. */
  againTo: (deployment: Deployment) => string;
}

/** What was deployed where and when; each can be deployed again as it was. */
export function History({ component, deployments, environments, environment, onEnvironment, againTo }: HistoryProps) {
  const shown = environment === 'all' ? deployments : deployments.filter((each) => each.environment === environment);
  const nameOf = (slug: string) => environments.find((each) => each.slug === slug)?.name ?? slug;
  return (
    <Section
      title="History"
      aside={
        <SegmentedControl
          size="xs"
          aria-label="Environment"
          value={environment}
          onChange={onEnvironment}
          data={[{ value: 'all', label: 'All' }, ...environments.map(({ slug, name }) => ({ value: slug, label: name }))]}
        />
      }
    >
      {shown.length === 0 ? (
        <p className={classes['none']}>Nothing has been deployed {environment === 'all' ? 'yet' : `to ${nameOf(environment)} yet`}.</p>
      ) : (
        <Table.ScrollContainer minWidth={760} className={classes['scroll']}>
          <Table verticalSpacing={7} horizontalSpacing="sm" className={classes['table']}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>#</Table.Th>
                <Table.Th>Environment</Table.Th>
                <Table.Th>Commit</Table.Th>
                <Table.Th>Build</Table.Th>
                <Table.Th>Schedule</Table.Th>
                <Table.Th>Deployed</Table.Th>
                <Table.Th>
                  <VisuallyHidden>Actions</VisuallyHidden>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map((deployment) => (
                <Row key={deployment.id} component={component} deployment={deployment} environment={nameOf(deployment.environment)} againTo={againTo(deployment)} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Section>
  );
}

const STATUS = { active: 'Active', superseded: 'Replaced', stopped: 'Stopped' } as const;

function Row({ component, deployment, environment, againTo }: { component: ComponentRef; deployment: Deployment; environment: string; againTo: string }) {
  const { number, release, schedules, status } = deployment;
  return (
    <Table.Tr data-status={status}>
      <Table.Td className="number">{number}</Table.Td>
      <Table.Td>
        <span className={classes['environment']}>
          {environment}
          <Badge size="sm" radius="sm" variant={status === 'active' ? 'light' : 'outline'} color={status === 'active' ? undefined : 'gray'} className={classes['badge']}>
            {STATUS[status]}
          </Badge>
        </span>
      </Table.Td>
      <Table.Td className={classes['commit']}>
        <Commit commit={release.commit} />
      </Table.Td>
      <Table.Td className="number">
        <TextLink to={addresses.build(component, release.build)}>{release.build}</TextLink>
      </Table.Td>
      <Table.Td>{schedules.length > 0 ? schedules.map((schedule) => schedule.words).join('; ') : 'By hand only'}</Table.Td>
      <Table.Td className={classes['when']}>
        <Time at={deployment.created_at} /> <span className={classes['by']}>by {deployment.created_by}</span>
      </Table.Td>
      <Table.Td className={classes['action']}>
        {status !== 'active' && (
          <LinkButton to={againTo} variant="default" size="compact-xs" aria-label={`Deploy again: #${number} to ${environment}`}>
            Deploy again
          </LinkButton>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
