import { useComponent } from '@/features/components/api';
import { Requests } from '@/features/approvals/requests';
import { useBuilds, useCommits } from '@/features/builds/api';
import { BuildCard } from '@/features/builds/build-card';
import { StartBuild } from '@/features/builds/start-build';
import { useConfiguration } from '@/features/configuration/api';
import { unset } from '@/features/configuration/words';
import { useDeployments } from '@/features/deployments/api';
import { Board, BoardLoading } from '@/features/deployments/board';
import { CardActions } from '@/features/deployments/card-actions';
import { EnvironmentCard } from '@/features/deployments/environment-card';
import { History } from '@/features/deployments/history';
import { SilenceNote } from '@/features/environments/silence-note';
import { addresses } from '@/lib/addresses';
import { useComponentRef } from '@/ui/params';
import { Page } from '@/ui/page';
import { Async, Loading } from '@/ui/states';
import type { Build, Card, Commit, ComponentRef, Environment } from '@/lib/types';
import { DeployPanel } from './deploy-panel';
import { useDeployAddress } from './deploy-address';

export function Component() {
  const ref = useComponentRef();
  const component = useComponent(ref);
  const builds = useBuilds(ref);
  const commits = useCommits(ref, 1);
  return (
    <Page title="Deploy" wide lead="A build travels from left to right: try it in development, then promote the very same one.">
      <Async query={component} loading={<BoardLoading />} failed="The environments could not be loaded.">
        {({ environments }) => (
          <Async query={builds} loading={<BoardLoading />} failed="The builds could not be loaded.">
            {(all) => <Way component={ref} cards={environments} builds={all} head={commits.data?.[0]} />}
          </Async>
        )}
      </Async>
    </Page>
  );
}

interface WayProps {
  component: ComponentRef;
  cards: readonly Card[];
  builds: readonly Build[];
  head: Commit | undefined;
}

/** The cards along the way to production, what was deployed so far, and the panel in which it is done. */
function Way({ component, cards, builds, head }: WayProps) {
  const { to, state, set } = useDeployAddress();
  const history = useDeployments(component);
  const configuration = useConfiguration(component);
  const newest = builds[0];
  const ready = builds.find((build) => build.status === 'succeeded');
  const isHeadBuilt = !head || builds.some((build) => build.commit.sha === head.sha && build.status !== 'cancelled' && build.status !== 'lost');
  const primary = primaryOf(cards, ready, isHeadBuilt);
  const deployTo = ({ environment: { slug }, deployment }: Card, from: Environment | undefined): string | null => {
    if (!ready) return null;
    if (!deployment) return from ? addresses.promote(component, from.slug, slug) : to({ deploy: slug });
    // A change begins with what runs there, unless the newest build is what is to do next.
    return to({ deploy: slug, ...(primary !== `deploy ${slug}` && { build: String(deployment.release.build) }) });
  };
  return (
    <>
      <Board>
        <BuildCard
          component={component}
          newest={newest}
          ready={ready}
          ahead={aheadOf(cards, ready)}
          actions={
            (!isHeadBuilt || !newest) && (
              <StartBuild component={component} variant={primary === 'build' ? 'filled' : 'default'}>
                Build latest
              </StartBuild>
            )
          }
        />
        {cards.map((card, index) => {
          const next = cards[index + 1];
          const previous = cards[index - 1];
          const from = previous?.deployment ? previous.environment : undefined;
          const source = previous?.deployment?.release.build;
          const candidate = builds.find((build) => build.number === (source ?? ready?.number));
          return (
            <EnvironmentCard
              key={card.environment.slug}
              component={component}
              card={card}
              from={from}
              next={next}
              candidate={candidate ? { build: candidate.number, settings: unset(candidate.settings, configuration.data, card.environment.slug) } : null}
              note={<SilenceNote environment={card.environment} />}
              actions={
                <CardActions
                  component={component}
                  card={card}
                  next={next?.environment}
                  from={from}
                  newest={ready?.number}
                  deployTo={deployTo(card, from)}
                  editTo={card.deployment && to({ deploy: card.environment.slug, build: String(card.deployment.release.build) })}
                  promoteTo={next && card.deployment ? addresses.promote(component, card.environment.slug, next.environment.slug) : null}
                  primary={primary === `deploy ${card.environment.slug}` ? 'deploy' : primary === `promote ${card.environment.slug}` ? 'promote' : null}
                />
              }
            />
          );
        })}
      </Board>
      <Requests component={component} environments={cards.map((card) => card.environment)} />
      <Async query={history} loading={<Loading />} failed="The history could not be loaded.">
        {(deployments) => (
          <>
            <History
              component={component}
              deployments={deployments}
              environments={cards.map((card) => card.environment)}
              environment={state.history}
              onEnvironment={(slug) => set({ history: slug === 'all' ? null : slug })}
              againTo={(deployment) => to({ deploy: deployment.environment, build: String(deployment.release.build), like: deployment.id })}
            />
            <DeployPanel component={component} cards={cards} builds={builds} deployments={deployments} />
          </>
        )}
      </Async>
    </>
  );
}

/** The one thing to do next on this page: it depends on how far the newest code has come. */
function primaryOf(cards: readonly Card[], ready: Build | undefined, isHeadBuilt: boolean): string {
  const [first, second] = cards;
  if (!ready) return 'build';
  if (first && first.deployment?.release.build !== ready.number) return `deploy ${first.environment.slug}`;
  if (!isHeadBuilt) return 'build';
  if (first && second && second.deployment?.release.build !== first.deployment?.release.build) return `promote ${first.environment.slug}`;
  return '';
}

function aheadOf([first, ...others]: readonly Card[], ready: Build | undefined): string | null {
  if (!first || !ready) return null;
  const has = ({ deployment }: Card) => deployment?.release.build === ready.number;
  if (has(first)) return `Deployed in ${listed([first, ...others.filter(has)].map(({ environment }) => environment.name))}.`;
  return first.deployment ? `${first.environment.name} has build ${first.deployment.release.build}.` : `Not in ${first.environment.name} yet.`;
}

const listed = (names: readonly string[]): string => new Intl.ListFormat('en-GB').format(names);
