import { AllTokens } from '@/features/account/all-tokens';
import { NewTokenDialog } from '@/features/account/new-token';
import { People } from '@/features/people/people';

export function Component() {
  return (
    <People tokenDialog={(service, opened, onClose) => <NewTokenDialog service={service} opened={opened} onClose={onClose} />}>
      <AllTokens />
    </People>
  );
}
