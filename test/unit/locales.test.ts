/** Every language has every text, in every form that it uses, and no page has text of its own. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

type Messages = Record<string, { message: string; description?: string }>;

const languages = readdirSync('_locales');
const PLURAL = /_(zero|one|two|few|many|other)$/;

function read(language: string): Record<string, Messages> {
  const parts = readdirSync(join('_locales', language)).sort();
  return Object.fromEntries(parts.map((part) => [part, JSON.parse(readFileSync(join('_locales', language, part), 'utf8'))]));
}

const tagOf = (language: string): string => language.replace('_', '-');
const isPlural = (keys: string[], key: string): boolean => PLURAL.test(key) && keys.includes(key.replace(PLURAL, '_other'));

/** The keys that a language must have, given what English has: its own plural forms in place of English's two. */
function keysFor(language: string, english: string[]): string[] {
  const forms = new Intl.PluralRules(tagOf(language)).resolvedOptions().pluralCategories;
  const keys = english.flatMap((key) => (isPlural(english, key) ? forms.map((form) => key.replace(PLURAL, `_${form}`)) : [key]));
  return [...new Set(keys)].sort();
}

const values = (message: string): string[] => [...new Set(message.match(/\$\d/g) ?? [])].sort();

describe.each(languages)('%s', (language) => {
  const english = read('en');
  const own = read(language);

  it('has every text, and none too many', () => {
    expect(Object.keys(own)).toEqual(Object.keys(english));
    for (const [part, messages] of Object.entries(own)) {
      expect(Object.keys(messages).sort(), part).toEqual(keysFor(language, Object.keys(english[part]!)));
    }
  });

  it('keeps the places for values', () => {
    for (const [part, messages] of Object.entries(own)) {
      for (const [key, { message }] of Object.entries(messages)) {
        const model = english[part]![key] ?? english[part]![key.replace(PLURAL, '_other')]!;
        // "one picture" may be said without a figure
        const mayOmit = PLURAL.test(key) && !key.endsWith('_other') ? ['$1'] : [];
        expect([...new Set([...values(message), ...mayOmit])].sort(), key).toEqual([...new Set([...values(model.message), ...mayOmit])].sort());
        expect(message.trim(), key).not.toBe('');
      }
    }
  });

  it('names each text after its part', () => {
    for (const [part, messages] of Object.entries(own)) {
      for (const key of Object.keys(messages)) expect(key.startsWith(`${part.replace('.json', '')}_`), key).toBe(true);
    }
  });

  it('says its own name and direction', () => {
    expect(own['common.json']!.common_locale!.message).toBe(tagOf(language));
    expect(own['common.json']!.common_direction!.message).toBe(language === 'ar' ? 'rtl' : 'ltr');
  });
});
