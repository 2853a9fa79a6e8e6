/** What somebody would do next with a component, from where it stands between first line and production. */
import { addresses } from '@/lib/addresses';
import { subject } from '@/lib/format';
import type { Build, Card, Commit, ComponentRef, ComponentSummary } from '@/lib/types';

export interface Step {
  title: string;
  text: string;
  action: string;
  to: string;
}

/** The next step; null when the newest commit runs everywhere. `builds` are newest first, `head` is the newest commit. */
export function nextStep(component: ComponentSummary, builds: readonly Build[], head: Commit | null): Step | null {
  const ref: ComponentRef = { project: component.project, component: component.slug };
  const [newest] = builds;
  const good = builds.find((build) => build.status === 'succeeded');
  if (!newest) return firstBuild(ref);
  if (newest.status === 'queued' || newest.status === 'running') return building(ref, newest);
  if (head && builds.every((build) => build.commit.sha !== head.sha)) return newCommit(ref, head);
  if (!good || (newest.status === 'failed' && newest.commit.sha === head?.sha)) return repair(ref, newest);
  return firstDeployment(ref, component.environments, good) ?? promotion(ref, component.environments, good);
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
    to: addresses.deploy(ref),
  };
}

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
  to: addresses.deploy(ref),
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
    to: addresses.deploy(ref),
  };
}
