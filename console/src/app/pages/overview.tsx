import { Page } from '@/ui/page';
import { Loading } from '@/ui/states';

export function Component() {
  return (
    <Page title="Overview">
      <Loading />
    </Page>
  );
}
