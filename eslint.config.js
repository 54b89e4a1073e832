// The linter also holds DESIGN's one rule per folder: who may import whom, and who may touch the browser API.
import tseslint from 'typescript-eslint';

const noBrowserGlobals = ['chrome', 'browser'].map((name) => ({
  name,
  message: 'Only src/shared/browser.ts touches the browser API.',
}));

/** @param {string[]} patterns @param {string} message */
const forbidImports = (patterns, message) => ({
  'no-restricted-imports': ['error', { patterns: [{ group: patterns, message }] }],
});

export default tseslint.config(
  { ignores: ['node_modules', 'dist*', 'build', 'out', 'training'] },
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'no-console': 'off',
    },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    ignores: ['src/shared/browser.ts'],
    rules: { 'no-restricted-globals': ['error', ...noBrowserGlobals], 'no-console': 'error' },
  },
  {
    files: ['src/page/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^(?!\\./)', message: 'src/page runs in the page: it imports nothing from outside src/page.' }] },
      ],
    },
  },
  {
    files: ['src/engine/**/*.ts'],
    rules: forbidImports(
      ['**/shared/browser*', '**/shared/text*', '**/ui/**', '**/page/**', '**/content/**', '**/popup/**', '**/offscreen/**', '**/background/**'],
      'src/engine is pure: no browser API, no pages.',
    ),
  },
  {
    files: ['src/content/**/*.ts'],
    rules: forbidImports(['**/engine/!(types)*', '**/engine/*/**'], 'src/content never imports the engine (its types excepted).'),
  },
);
