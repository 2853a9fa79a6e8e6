/** What somebody would do next with a component, from where it stands between first line and production. */
import { addresses } from '@/lib/addresses';
import { subject } from '@/lib/format';
import { isBad, isEnded } from '@/lib/outcome';
import { full, localZone } from '@/lib/time';
import type { Build, Card, Commit, ComponentRef, ComponentSummary, Deployment } from '@/lib/types';

export interface Step {
  title: string;
  text: string;
  action: string;
  to: string;
}

/** The next step; null when the newest commit runs everywhere and all is well. `builds` are newest first, `head` is the newest commit. */
export function nextStep(component: ComponentSummary, builds: readonly Build[], head: Commit | null): Step | null {
  const ref: ComponentRef = { project: component.project, component: component.slug };
  const [newest] = builds;
  const good = builds.find((build) => build.status === 'succeeded');
  if (!newest) return firstBuild(ref);
  if (newest.status === 'queued' || newest.status === 'running') return building(ref, newest);
  if (head && builds.every((build) => build.commit.sha !== head.sha)) return newCommit(ref, head);
  if (!good || (newest.status === 'failed' && newest.commit.sha === head?.sha)) return repair(ref, newest);
  const cards = component.environments;
  return firstDeployment(ref, cards, good) ?? failing(ref, cards) ?? promotion(ref, cards, good) ?? paused(ref, cards);
}

const firstBuild = (ref: ComponentRef): Step => ({
  title: 'Build it',
  text: 'The code is there. A build checks it, installs what it needs and makes it ready to deploy.',
  action: 'Go to Build',
  to: addresses.builds(ref),
});

const newCommit = (ref: ComponentRef, head: Commit): Step => ({
  title: 'Build the newest commit',
  text: `“${subject(head.message)}” by ${head.author} is not built yet.`,
  action: 'Go to Build',
  to: addresses.builds(ref),
});

const building = (ref: ComponentRef, build: Build): Step => ({
  title: `Build ${build.number} is being made`,
  text: 'When it is done, it can be deployed.',
  action: 'Watch it',
  to: addresses.build(ref, build.number),
});

const repair = (ref: ComponentRef, build: Build): Step => ({
  title: `Build ${build.number} did not succeed`,
  text: build.problem?.message ?? 'Its log says why.',
  action: 'See what is wrong',
  to: addresses.build(ref, build.number),
});

function firstDeployment(ref: ComponentRef, cards: readonly Card[], build: Build): Step | null {
  const [first] = cards;
  if (!first || cards.some((card) => card.deployment)) return null;
  return {
    title: `Deploy build ${build.number} to ${first.environment.name}`,
    text: 'Now it gets its configuration and its schedule.',
    action: 'Deploy',
    to: addresses.deployTo(ref, first.environment.slug, build.number),
  };
}

/** One failure may be a passing one; two in a row ask for somebody. The last environment matters most. */
function failing(ref: ComponentRef, cards: readonly Card[]): Step | null {
  for (const card of cards.toReversed()) {
    const [last, before] = card.strip.filter((execution) => isEnded(execution.state)).toReversed();
    if (!last || !before || !isBad(last.state) || !isBad(before.state)) continue;
    return {
      title: `It is failing in ${card.environment.name}`,
      text: last.reason?.sentence ?? 'The last executions did not succeed.',
      action: 'See why',
      to: addresses.execution(ref, last.id),
    };
  }
  return null;
}

function paused(ref: ComponentRef, cards: readonly Card[]): Step | null {
  const card = cards.find((each) => each.deployment?.pause);
  const pause = card?.deployment?.pause;
  if (!card || !pause) return null;
  return {
    title: `${card.environment.name} is paused`,
    text: `${pauseWords(pause)} ${pause.until ? `It goes on by itself on ${full(pause.until, localZone())}.` : 'It does not run until it is resumed.'}`,
    action: 'Go to Deploy',
    to: addresses.deploy(ref),
  };
}

/** "maya: The disk is being replaced." */
const pauseWords = ({ by, note }: NonNullable<Deployment['pause']>): string => (note ? `${by}: ${note.replace(/(?<![.!?…])$/, '.')}` : `By ${by}.`);

function promotion(ref: ComponentRef, cards: readonly Card[], newest: Build): Step | null {
  for (const [index, target] of cards.entries()) {
    const source = cards[index - 1];
    const runs = target.deployment?.release.build;
    if (!source) {
      if (runs !== undefined && runs < newest.number) return redeployment(ref, target, newest);
      continue;
    }
    const waiting = source.deployment?.release.build;
    if (waiting !== undefined && (runs === undefined || runs < waiting)) return promote(ref, source, target, waiting);
  }
  return null;
}

const redeployment = (ref: ComponentRef, target: Card, build: Build): Step => ({
  title: `Deploy build ${build.number} to ${target.environment.name}`,
  text: `Build ${target.deployment?.release.build ?? ''} runs there now.`,
  action: 'Deploy',
  to: addresses.deployTo(ref, target.environment.slug, build.number),
});

function promote(ref: ComponentRef, source: Card, target: Card, build: number): Step {
  const runs = target.deployment?.release.build;
  return {
    title: `Promote build ${build} to ${target.environment.name}`,
    text:
      runs === undefined
        ? `It runs in ${source.environment.name}; nothing runs in ${target.environment.name} yet.`
        : `It runs in ${source.environment.name}; ${target.environment.name} still runs build ${runs}.`,
    action: 'Promote',
    to: addresses.promote(ref, source.environment.slug, target.environment.slug),
  };
}
