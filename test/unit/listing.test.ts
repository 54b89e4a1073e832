/** What the shops are given fits into what they take, and is said in full. */
import { describe, expect, it } from 'vitest';
import { languages, listingIn } from '../../scripts/listingText';
import { stillMatched } from '../../src/shared/measured.json';

it('is there in all nine languages', () => {
  expect(languages).toHaveLength(9);
});

describe.each(languages)('%s', (language) => {
  const { name, summary, description } = listingIn(language);

  it('fits into the shops’ fields', () => {
    expect(name.length).toBeLessThanOrEqual(45);
    expect(summary.length).toBeLessThanOrEqual(132);
    expect(description.length).toBeGreaterThan(500);
    expect(description.length).toBeLessThanOrEqual(15_000);
  });

  it('says how far it hides, and leaves no place open', () => {
    expect(description).not.toMatch(/\$\d/);
    for (const value of Object.values(stillMatched)) expect(description).toContain(new Intl.NumberFormat(language.replace('_', '-')).format(value));
  });
});
