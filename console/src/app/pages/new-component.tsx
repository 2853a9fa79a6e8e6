import { useParams } from 'react-router';
import { NewComponent } from '@/features/components/new-component';
import { ConnectForm } from '@/features/connections/connect-form';

export function Component() {
  const { project = '' } = useParams();
  return <NewComponent project={project} connect={<ConnectForm project={project} />} />;
}
