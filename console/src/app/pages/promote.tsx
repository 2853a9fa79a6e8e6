import { lazy, Suspense, useState } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { useBuilds } from '@/features/builds/api';
import { useComponent } from '@/features/components/api';
import { useConfiguration } from '@/features/configuration/api';
import { valuesFor } from '@/features/configuration/words';
import { useDeployments } from '@/features/deployments/api';
import { ownFirst, secretsIn, secretsOf } from '@/features/deployments/wish';
import { CodePart } from '@/features/promotion/code-part';
import { EvidencePart } from '@/features/promotion/evidence-part';
import { Outlook } from '@/features/promotion/outlook';
import { useReview } from '@/features/promotion/api';
import { addresses } from '@/lib/addresses';
import type { Build, Card, ComponentRef, Deployment } from '@/lib/types';
import { LinkButton } from '@/ui/link';
import { Page } from '@/ui/page';
import { useComponentRef } from '@/ui/params';
import { Async, Empty, Loading } from '@/ui/states';
import { WithBuild } from './deploy-panel';

const ReadDiff = lazy(() => import('@/editor/read-diff').then(({ ReadDiff: View }) => ({ default: View })));

/** What a promotion changes, and the one button that makes it. */
export function Component() {
  const ref = useComponentRef();
  const component = useComponent(ref);
  const builds = useBuilds(ref);
  const history = useDeployments(ref);
  return (
    <Async query={component} loading={<Waiting />} failed="The environments could not be loaded.">
      {({ environments }) => (
        <Async query={builds} loading={<Waiting />} failed="The builds could not be loaded.">
          {(all) => (
            <Async query={history} loading={<Waiting />} failed="The history could not be loaded.">
              {(deployments) => <Promotion component={ref} cards={environments} builds={all} deployments={deployments} />}
            </Async>
          )}
        </Async>
      )}
    </Async>
  );
}

function Waiting() {
  return (
    <Page title="Promote" wide>
      <Loading lines={8} />
    </Page>
  );
}

interface PromotionProps {
  component: ComponentRef;
  cards: readonly Card[];
  builds: readonly Build[];
  deployments: readonly Deployment[];
}

function Promotion(props: PromotionProps) {
  const { component, cards } = props;
  const { target: slug } = useParams();
  const [params] = useSearchParams();
  const target = slug ? cards.find((card) => card.environment.slug === slug) : cards.find((_, index) => index > 0 && cards[index - 1]?.deployment);
  const source = cards.find((card) => card.environment.slug === params.get('from')) ?? (target && cards[cards.indexOf(target) - 1]);
  const configuration = useConfiguration(component);
  if (!target || !source?.deployment || source === target) {
    return (
      <Page title="Promote" wide>
        <Empty title="There is nothing to promote" action={<LinkButton to={addresses.deploy(component)}>To Deploy</LinkButton>}>
          {source && source !== target ? `Nothing is deployed in ${source.environment.name}.` : 'Deploy a build first; then it can be promoted to the next environment.'}
        </Empty>
      </Page>
    );
  }
  if (configuration.isPending) return <Waiting />;
  const set = configuration.data && valuesFor(configuration.data, target.environment.slug);
  return <Reviewed {...props} key={`${source.environment.slug} ${target.environment.slug}`} source={source} theirs={source.deployment} target={target} set={set} />;
}

interface ReviewedProps extends PromotionProps {
  source: Card;
  /** What the source has. */
  theirs: Deployment;
  target: Card;
  /** What is set for the target. */
  set: Deployment['configuration'] | undefined;
}

function Reviewed({ component, builds, deployments, source, theirs, target, set }: ReviewedProps) {
  const navigate = useNavigate();
  const from = source.environment;
  const to = target.environment;
  const [blocked, setBlocked] = useState<string | null>(null);
  const first = useReview(component, { source: from.slug, target: to.slug, configuration: {} });
  const own = target.deployment ?? deployments.find((each) => each.environment === to.slug) ?? null;
  const values = set && { ...theirs.configuration, ...set };
  return (
    <Page title={`Promote to ${to.name}`} wide lead={`The very build ${theirs.release.build} of ${from.name}: read what changes, then promote it. It never fires by itself.`}>
      <CodePart
        component={component}
        before={target.deployment?.release.commit.sha ?? null}
        after={theirs.release.commit.sha}
        target={to.name}
        diff={(path, before, after) => (
          <Suspense fallback={<Loading lines={4} />}>
            <ReadDiff path={path} before={before} after={after} names={[`in ${to.name} now`, `in ${from.name}`]} />
          </Suspense>
        )}
      />
      <Async query={first} loading={<Loading lines={2} />} failed="The evidence could not be loaded.">
        {(found) => <EvidencePart component={component} evidence={found.evidence} durations={found.after.calendar.durations} build={theirs.release.build} source={from} />}
      </Async>
      <WithBuild
        component={component}
        builds={builds}
        number={theirs.release.build}
        target={target}
        source={source}
        like={ownFirst(own, theirs)}
        {...(values && { values })}
        kept={values ? secretsIn(values) : secretsOf(own, theirs)}
        keptBy={`${to.name}'s own, or else ${from.name}'s`}
        outlook={(wish, secrets) => <Outlook component={component} source={from} target={to} wish={wish} secrets={secrets} onBlocked={setBlocked} />}
        blocked={blocked}
        onClose={() => void navigate(addresses.deploy(component))}
      />
    </Page>
  );
}
