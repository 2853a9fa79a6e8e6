import { Audit } from '@/features/audit/audit';
import { useProjects } from '@/features/projects/api';

export function Component() {
  const projects = useProjects();
  return <Audit projects={projects.data?.map(({ slug, name }) => ({ value: slug, label: name })) ?? []} />;
}
