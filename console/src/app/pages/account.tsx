import { Account } from '@/features/account/account';

export function Component() {
  return <Account />;
}
