// The linter also holds one rule a folder: who may import whom, and who may touch the browser API.
import tseslint from 'typescript-eslint';

const noBrowserGlobals = ['chrome', 'browser'].map((name) => ({
  name,
  message: 'Only src/shared/browser.ts touches the browser API.',
}));

/** @param {string[]} patterns @param {string} message */
const forbidImports = (patterns, message) => ({
  'no-restricted-imports': ['error', { patterns: [{ group: patterns, message }] }],
});

/** What a person reads comes from `_locales`: pages have no words of their own. */
const spokenAttributes = 'aria-label|aria-description|aria-roledescription|aria-valuetext|title|alt|placeholder|label|summary';
const noWords = {
  'no-restricted-syntax': [
    'error',
    ...[
      String.raw`JSXText[value=/\p{L}/u]`,
      String.raw`JSXElement > JSXExpressionContainer > :matches(Literal[value=/\p{L}/u], TemplateLiteral:has(TemplateElement[value.raw=/\p{L}/u]))`,
      String.raw`JSXElement > JSXExpressionContainer > :matches(LogicalExpression, ConditionalExpression) > Literal[value=/\p{L}/u]`,
      String.raw`JSXAttribute[name.name=/^(${spokenAttributes}|detail|name)$/] > Literal[value=/\p{L}.*\s|^\p{Lu}/u]`,
      String.raw`AssignmentExpression[left.property.name=/^(textContent|innerText|title|ariaLabel|placeholder|alt)$/] > :matches(Literal[value=/\p{L}/u], TemplateLiteral:has(TemplateElement[value.raw=/\p{L}/u]))`,
      String.raw`CallExpression[callee.property.name='setAttribute'][arguments.0.value=/^(${spokenAttributes})$/] > Literal.arguments:nth-child(2)[value=/\p{L}/u]`,
      String.raw`Property[key.value=/^(${spokenAttributes})$/] > Literal.value[value=/\p{L}/u]`,
    ].map((selector) => ({ selector, message: 'Words that people read belong into _locales.' })),
  ],
};

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
    files: ['src/page/**/*.ts', 'src/bridge/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^(?!\\./|\\.\\./bridge/)', message: 'This runs in the page: src/page and src/bridge import nothing from outside of them.' }] },
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
  { files: ['src/**/*.tsx', 'src/{content/notice,popup,options,studio,welcome}/**/*.ts'], rules: noWords },
  {
    files: ['src/content/**/*.ts'],
    rules: forbidImports(['**/engine/!(types)*', '**/engine/*/**'], 'src/content never imports the engine (its types excepted).'),
  },
);
