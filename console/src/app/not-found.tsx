import { IconMapQuestion } from '@tabler/icons-react';
import { addresses } from '@/lib/addresses';
import { LinkButton } from '@/ui/link';
import { Page } from '@/ui/page';
import { Empty } from '@/ui/states';

/** There is nothing at this address. */
export function NotFound({ what = 'There is no page at this address.' }: { what?: string }) {
  return (
    <Page title="Not found">
      <Empty
        icon={<IconMapQuestion size={22} stroke={1.6} />}
        title={what}
        action={<LinkButton to={addresses.home}>Go to the projects</LinkButton>}
      >
        It may have been removed, or the address may be misspelt.
      </Empty>
    </Page>
  );
}
