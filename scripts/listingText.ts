/** What the shops' pages say of the extension, in each of its languages: nothing but what its own pages say (`_locales/`). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type common from '../_locales/en/common.json';
import type welcome from '../_locales/en/welcome.json';
import { stillMatched } from '../src/shared/measured.json';

const root = join(import.meta.dirname, '..', '_locales');

export const languages = readdirSync(root).sort();

export interface Listing {
  name: string;
  /** Chrome's shop takes 132 characters, Mozilla's 250. */
  summary: string;
  description: string;
}

type Key = keyof (typeof common & typeof welcome);

const SECTIONS: Key[][] = [
  ['welcome_title', 'welcome_lead'],
  ['welcome_step_upload', 'welcome_step_upload_detail'],
  ['welcome_step_cloak', 'welcome_step_cloak_detail'],
  ['welcome_step_site', 'welcome_step_site_detail'],
];
const LIMITS: Key[] = ['welcome_limit_guarantee', 'welcome_limit_past', 'welcome_limit_attackers', 'welcome_limit_video', 'welcome_limit_people'];
const PRIVACY: Key[] = ['welcome_privacy_short', 'welcome_privacy_sent_2', 'welcome_privacy_pictures_1'];

/** @param language a folder of `_locales` */
export function listingIn(language: string): Listing {
  const texts: Record<string, { message: string }> = {};
  for (const part of ['common', 'welcome']) Object.assign(texts, JSON.parse(readFileSync(join(root, language, `${part}.json`), 'utf8')));
  const number = (value: number): string => new Intl.NumberFormat(texts.common_locale!.message).format(value);
  const figures = [number(stillMatched.standard), number(stillMatched.strong)];
  const said = (key: Key): string => {
    const text = texts[key];
    if (!text) throw new Error(`_locales/${language} has no ${key}.`);
    return key === 'welcome_limit_guarantee' ? text.message.replace(/\$([12])/g, (_, place: string) => figures[Number(place) - 1]!) : text.message;
  };
  const list = (title: Key, keys: Key[]): string => [said(title), ...keys.map((key) => `• ${said(key)}`)].join('\n');
  return {
    name: said('common_name'),
    summary: said('common_description'),
    description: [...SECTIONS.map((keys) => keys.map(said).join('\n')), list('welcome_limits', LIMITS), list('welcome_privacy', PRIVACY)].join('\n\n'),
  };
}
