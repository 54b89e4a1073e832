/** What the privacy statement says is what the document says. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import english from '../../_locales/en/welcome.json';

it('states in docs/privacy.md what the extension states', () => {
  const statement = readFileSync('docs/privacy.md', 'utf8');
  for (const [key, { message }] of Object.entries(english)) {
    if (/^welcome_privacy(?!_link)/.test(key)) expect(statement, key).toContain(message);
  }
});
