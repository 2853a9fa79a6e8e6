import { SignIn } from '@/features/session/sign-in';
import { Door } from '../door';

export function Component() {
  return (
    <Door>
      <SignIn />
    </Door>
  );
}
