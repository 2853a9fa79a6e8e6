import { readdirSync } from 'node:fs';
import js from '@eslint/js';
import hooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import ts from 'typescript-eslint';

const features = readdirSync(new URL('./src/features', import.meta.url));

/** The dependency rule: `files` may not import what `forbidden` matches. */
const boundary = (files, forbidden, message) => ({
  files,
  ignores: ['**/*.test.{ts,tsx}'],
  rules: { 'no-restricted-imports': ['error', { patterns: [{ group: forbidden, message }] }] },
});

export default ts.config(
  { ignores: ['node_modules', 'dist', 'src/lib/schema.ts', 'public'] },
  js.configs.recommended,
  ...ts.configs.strict,
  { files: ['*.js', '*.cjs'], languageOptions: { globals: globals.node } },
  { files: ['**/*.{ts,tsx}'], ...hooks.configs.flat.recommended },
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: { globals: globals.browser },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 400, skipBlankLines: false, skipComments: false }],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  boundary(['src/lib/**'], ['@/ui/**', '@/flow/**', '@/features/**', '@/editor/**', '@/app/**', '../**'], '`lib` imports nothing of ours.'),
  boundary(['src/ui/**'], ['@/features/**', '@/editor/**', '@/app/**', '../**'], '`ui` imports `lib` only (as `@/lib/…`).'),
  boundary(['src/flow/**'], ['@/**', '../**'], '`flow` imports nothing of ours.'),
  boundary(['src/editor/**'], ['@/features/**', '@/app/**', '../../**'], '`editor` imports `ui`, `lib` and `flow` only.'),
  ...features.map((feature) =>
    boundary(
      [`src/features/${feature}/**`],
      ['@/features/**', '@/editor/**', '@/app/**', '../../**', ...features.map((other) => `../${other}/**`)],
      'A feature imports `ui` and `lib`, never another feature: a page that combines features lives in `app`.',
    ),
  ),
);
