/** What the welcome page and the privacy statement say is what the documents say. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import english from '../../_locales/en/welcome.json';
import { stillMatches } from '../../src/welcome/figures';

it('gives the figures of the benchmark', () => {
  const benchmarks = readFileSync('docs/benchmarks.md', 'utf8');
  const rows = benchmarks.split('\n').filter((line) => line.startsWith('|')).map((line) => line.split('|').map((cell) => cell.trim()));
  const column = rows.find((row) => row.includes('still matches'))!.indexOf('still matches');
  for (const [strength, share] of Object.entries(stillMatches)) {
    const measured = rows.find((row) => row[1]!.startsWith(`**${strength}**`))![column]!;
    expect(Number.parseFloat(measured), strength).toBeCloseTo(100 * share, 1);
  }
});

it('states in docs/privacy.md what the extension states', () => {
  const statement = readFileSync('docs/privacy.md', 'utf8');
  for (const [key, { message }] of Object.entries(english)) {
    if (/^welcome_privacy(?!_link)/.test(key)) expect(statement, key).toContain(message);
  }
});
