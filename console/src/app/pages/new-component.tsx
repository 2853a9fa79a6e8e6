import { useParams } from 'react-router';
import { NewComponent } from '@/features/components/new-component';

export function Component() {
  const { project = '' } = useParams();
  return <NewComponent project={project} />;
}
