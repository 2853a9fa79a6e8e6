import { useSearchParams } from 'react-router';
import type { ComponentRef, Source } from '@/lib/types';
import { Page } from '@/ui/page';
import { CommitHistory } from './commit-history';
import { Older } from './older';

interface ReadingProps {
  component: ComponentRef;
  /** The newest commit's files, kept fresh. */
  source: Source;
  actions: React.ReactNode;
  notice: React.ReactNode;
}

/** The code of a connected repository, at any commit: to be read here, and changed where it is kept. */
export function Reading({ component, source, actions, notice }: ReadingProps) {
  const [params, setParams] = useSearchParams();
  const head = source.commit.sha;
  const viewed = params.get('commit') ?? head;
  const go = (changes: Record<string, string | null>) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        for (const [name, value] of Object.entries(changes)) {
          if (value === null) next.delete(name);
          else next.set(name, value);
        }
        return next;
      },
      { replace: true, preventScrollReset: true },
    );
  return (
    <Page title="Develop" wide lead="The source is a connected repository: it is changed there, and read here." actions={actions}>
      {notice}
      <Older
        component={component}
        sha={viewed}
        path={params.get('file')}
        onSelect={(file) => go({ file })}
        {...(viewed !== head && { onBack: () => go({ commit: null }) })}
        history={<CommitHistory component={component} head={head} viewed={viewed} onView={(sha) => go({ commit: sha })} />}
      />
    </Page>
  );
}
