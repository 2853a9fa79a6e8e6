/** How a build is made, in words. */
import type { Recipe } from '@/lib/types';
import { duration } from '@/lib/time';

export const KINDS: Readonly<Record<NonNullable<Recipe['kind']>, string>> = {
  python: 'Python',
  dockerfile: 'Dockerfile',
  image: 'Ready image',
  ballerina: 'Ballerina',
};

/** What was chosen; what was left to the source or the server is left out. */
export function recipeFacts(recipe: Recipe): [string, string][] {
  const facts: [string, string | null][] = [
    ['Built as', recipe.kind && `${KINDS[recipe.kind]}, as chosen`],
    ['Directory', recipe.directory],
    ['Dockerfile', recipe.dockerfile],
    ['Arguments', Object.entries(recipe.arguments).map(([name, value]) => `${name}=${value}`).join(', ')],
    ['Python', recipe.python],
    ['Root', recipe.allow_root ? 'allowed' : null],
    ['Time-out', recipe.time_out_s === null ? null : duration(recipe.time_out_s)],
  ];
  return facts.filter((fact): fact is [string, string] => Boolean(fact[1]));
}

export const sameRecipe = (one: Recipe, other: Recipe): boolean => written(one) === written(other);

const written = ({ arguments: given, ...rest }: Recipe): string => JSON.stringify([Object.entries(rest).sort(), Object.entries(given).sort()]);
