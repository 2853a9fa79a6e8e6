import { describe, expect, test } from 'vitest';
import { build, card, commit, component, deployment, development, execution, production } from '@/test/values';
import { nextStep } from './next-step';

const head = commit();
const runs = (number: number) => deployment({ release: { ...deployment().release, build: number } });
const placed = (inDevelopment: number | null, inProduction: number | null) =>
  component({
    environments: [
      card({ environment: development, deployment: inDevelopment === null ? null : runs(inDevelopment) }),
      card({ environment: production, deployment: inProduction === null ? null : runs(inProduction) }),
    ],
  });
const one = build({ number: 1 });
const two = build({ number: 2 });

describe('the next step', () => {
  test('of fresh code is its first build', () => {
    expect(nextStep(placed(null, null), [], head)).toMatchObject({ title: 'Build it' });
  });

  test('of a build under way is to watch it', () => {
    expect(nextStep(placed(null, null), [build({ status: 'running' })], head)).toMatchObject({ action: 'Watch it' });
  });

  test('of a failed build is what is wrong with it', () => {
    const problem = { message: "SyntaxError: expected ':'", path: 'main.py', line: 3, excerpt: null };
    expect(nextStep(placed(1, 1), [build({ number: 2, status: 'failed', problem }), build({ commit: commit({ sha: 'b'.repeat(40) }) })], head)).toMatchObject({
      text: "SyntaxError: expected ':'",
      to: '/projects/example/components/health-check/build/2',
    });
  });

  test('of a commit that is newer than the builds is to build it', () => {
    const newer = commit({ sha: 'c'.repeat(40), message: 'Say more' });
    expect(nextStep(placed(1, 1), [one], newer)).toMatchObject({ title: 'Build the newest commit' });
  });

  test('of a first good build is to deploy it', () => {
    expect(nextStep(placed(null, null), [one], head)).toMatchObject({ title: 'Deploy build 1 to Development' });
  });

  test('of a newer build is to deploy it where development is', () => {
    expect(nextStep(placed(1, 1), [two, one], head)).toMatchObject({ title: 'Deploy build 2 to Development' });
  });

  test('of what runs in development is to promote it', () => {
    expect(nextStep(placed(2, 1), [two, one], head)).toMatchObject({ title: 'Promote build 2 to Production' });
    expect(nextStep(placed(2, null), [two], head)).toMatchObject({ text: expect.stringContaining('nothing runs') as string });
  });

  test('is none when the newest build runs everywhere', () => {
    expect(nextStep(placed(2, 2), [two, one], head)).toBeNull();
  });

  test('of what fails twice in a row is to see why', () => {
    const strip = [execution({ id: 'exe_1', state: 'failed' }), execution({ id: 'exe_2', state: 'timed_out' }), execution({ state: 'started' })];
    const cards = [card({ deployment: runs(1), strip }), card({ environment: production, deployment: runs(1) })];
    expect(nextStep(component({ environments: cards }), [one], head)).toMatchObject({
      title: 'It is failing in Development',
      to: '/projects/example/components/health-check/executions/exe_2',
    });
    const once = [card({ deployment: runs(1), strip: strip.slice(0, 1) }), ...cards.slice(1)];
    expect(nextStep(component({ environments: once }), [one], head)).toBeNull();
  });

  test('of what is paused is to look at it', () => {
    const pause = { at: '2026-11-22T08:00:00Z', by: 'maya', note: 'Disk', until: null };
    const cards = [card({ environment: production, deployment: { ...runs(1), pause } })];
    expect(nextStep(component({ environments: cards }), [one], head)).toMatchObject({ title: 'Production is paused', text: 'maya: Disk. It does not run until it is resumed.' });
  });

  test('is none when production was deployed to directly', () => {
    expect(nextStep(placed(null, 1), [one], head)).toBeNull();
  });
});
