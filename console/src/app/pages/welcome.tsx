import { Welcome } from '@/features/account/welcome';
import { Door } from '../door';

export function Component() {
  return (
    <Door>
      <Welcome />
    </Door>
  );
}
