import { Checkbox, Select } from '@mantine/core';
import { ROLES } from '@/lib/roles';
import { usePlaces, type Wanted } from './api';

interface RoleFieldsProps {
  wanted: Wanted;
  onChange: (wanted: Wanted) => void;
  /** The only project that it may be in. */
  fixed?: string | undefined;
}

const ALL = '';

/** A role, and where it is good. */
export function RoleFields({ wanted, onChange, fixed }: RoleFieldsProps) {
  const places = usePlaces();
  const projects = [{ value: ALL, label: 'All projects' }, ...(places.data?.projects ?? []).map(({ slug, name }) => ({ value: slug, label: name }))];
  const environments = [
    { value: ALL, label: 'All environments' },
    ...(places.data?.environments ?? []).map(({ slug, name }) => ({ value: slug, label: name })),
  ];
  const isAdmin = wanted.role === 'admin';
  return (
    <>
      <Select
        label="Role"
        data={ROLES.map(({ value, label, may }) => ({ value, label: `${label}: ${may}` }))}
        value={wanted.role}
        allowDeselect={false}
        onChange={(chosen) => {
          const role = ROLES.find((each) => each.value === chosen)?.value ?? wanted.role;
          onChange({ ...wanted, role, environment: role === 'admin' ? null : wanted.environment });
        }}
      />
      {!fixed && (
        <Select
          label="In"
          data={projects}
          value={wanted.project ?? ALL}
          allowDeselect={false}
          onChange={(chosen) => onChange({ ...wanted, project: chosen === ALL ? null : chosen })}
        />
      )}
      {!isAdmin && (
        <Select
          label="Changes environments"
          data={environments}
          value={wanted.environment ?? ALL}
          allowDeselect={false}
          onChange={(chosen) => onChange({ ...wanted, environment: chosen === ALL ? null : chosen })}
        />
      )}
      {!isAdmin && wanted.environment === null && (
        <Checkbox
          label="Production, too"
          description="Without it, what is marked as production is looked at and not changed."
          checked={wanted.production}
          onChange={(event) => onChange({ ...wanted, production: event.currentTarget.checked })}
        />
      )}
    </>
  );
}

/** The options of a command that mean this. */
export function roleOptions({ project, environment, production, role }: Wanted): string {
  const words = [
    ...(project ? [`--project ${project}`] : []),
    ...(environment ? [`--environment ${environment}`] : []),
    ...(production && role !== 'admin' ? ['--production'] : []),
  ];
  return words.map((each) => ` ${each}`).join('');
}
