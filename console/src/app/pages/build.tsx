import { useParams } from 'react-router';
import { RequestsOfBuild } from '@/features/approvals/requests';
import { useBuild } from '@/features/builds/api';
import { BuildActions, BuildLead, BuildView } from '@/features/builds/build-view';
import { useComponent } from '@/features/components/api';
import { addresses } from '@/lib/addresses';
import { TextLink } from '@/ui/link';
import { Page } from '@/ui/page';
import { useComponentRef } from '@/ui/params';
import { Async } from '@/ui/states';

export function Component() {
  const ref = useComponentRef();
  const number = Number(useParams()['number']);
  const build = useBuild(ref, number);
  const first = useComponent(ref).data?.environments[0]?.environment.slug;
  return (
    <Page
      title={`Build ${Number.isInteger(number) ? number : ''}`}
      wide
      lead={build.data && <BuildLead build={build.data} />}
      actions={
        <>
          <TextLink to={addresses.builds(ref)}>All builds</TextLink>
          {build.data && <BuildActions component={ref} build={build.data} first={first} />}
        </>
      }
    >
      <Async query={build} failed={`Build ${number} could not be loaded.`}>
        {(found) => (
          <>
            <RequestsOfBuild component={ref} build={found.number} />
            <BuildView component={ref} build={found} />
          </>
        )}
      </Async>
    </Page>
  );
}
