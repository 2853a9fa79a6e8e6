import { Checkbox, Select, Text } from '@mantine/core';
import { roleMay, ROLES, tellsProduction } from '@/lib/roles';
import { useRefusal } from '@/ui/may';
import { usePlaces, type Wanted } from './api';

interface RoleFieldsProps {
  wanted: Wanted;
  onChange: (wanted: Wanted) => void;
  /** The only project that it may be in. */
  fixed?: string | undefined;
}

const ALL = '';

/** What is asked for until somebody says otherwise: the least. */
export const LEAST: Wanted = { role: 'viewer', project: null, environment: null, production: false };

/** A role, and where it is good. */
export function RoleFields({ wanted, onChange, fixed }: RoleFieldsProps) {
  const places = usePlaces();
  const projects = [{ value: ALL, label: 'All projects' }, ...(places.data?.projects ?? []).map(({ slug, name }) => ({ value: slug, label: name }))];
  const environments = [
    { value: ALL, label: 'All environments' },
    ...(places.data?.environments ?? []).map(({ slug, name }) => ({ value: slug, label: name })),
  ];
  const production = places.data?.environments.find((each) => each.is_production);
  const cannotGive = useRefusal('operate', { project: fixed ?? wanted.project, environment: production }) !== null;
  const change = (part: Partial<Wanted>) => {
    const next = { ...wanted, ...part };
    const environment = next.role === 'operator' ? next.environment : null;
    const tells = tellsProduction({ ...next, environment });
    onChange({ ...next, environment, production: tells && next.production });
  };
  return (
    <>
      <Select
        label="Role"
        data={ROLES.map(({ value, label, may }) => ({ value, label: `${label}: ${may}` }))}
        value={wanted.role}
        allowDeselect={false}
        onChange={(chosen) => change({ role: ROLES.find((each) => each.value === chosen)?.value ?? wanted.role })}
      />
      {!fixed && (
        <Select
          label="In"
          data={projects}
          value={wanted.project ?? ALL}
          allowDeselect={false}
          onChange={(chosen) => change({ project: chosen === ALL ? null : chosen })}
        />
      )}
      {wanted.role === 'operator' && (
        <Select
          label="Changes environments"
          data={environments}
          value={wanted.environment ?? ALL}
          allowDeselect={false}
          onChange={(chosen) => change({ environment: chosen === ALL ? null : chosen })}
        />
      )}
      {tellsProduction(wanted) && (
        <Checkbox
          label="Production, too"
          description={
            cannotGive
              ? 'Production is not yours to give here: an administrator of the installation can.'
              : 'Without it, what is marked as production is looked at and not changed.'
          }
          disabled={cannotGive}
          checked={wanted.production}
          onChange={(event) => change({ production: event.currentTarget.checked })}
        />
      )}
      <Text size="sm" c="var(--ink-soft)" role="note" aria-label="What this role may">
        {roleMay(wanted)}
      </Text>
    </>
  );
}

/** The options of a command that mean this. */
export function roleOptions({ project, environment, production }: Wanted): string {
  const words = [
    ...(project ? [`--project ${project}`] : []),
    ...(environment ? [`--environment ${environment}`] : []),
    ...(production ? ['--production'] : []),
  ];
  return words.map((each) => ` ${each}`).join('');
}
