/**
 * What is said to people, in their language. `_locales/LANGUAGE/PART.json` hold it, one file a part of the extension, with
 * keys that begin with the part's name; the build joins them into what the browser reads.
 */
import type common from '../../_locales/en/common.json';
import type errors from '../../_locales/en/errors.json';
import type notice from '../../_locales/en/notice.json';
import type popup from '../../_locales/en/popup.json';
import type settings from '../../_locales/en/settings.json';
import type studio from '../../_locales/en/studio.json';
import type welcome from '../../_locales/en/welcome.json';
import { browser, isConnected } from './browser';

type Messages = typeof common & typeof errors & typeof notice & typeof popup & typeof settings & typeof studio & typeof welcome;

export type MessageKey = keyof Messages & string;
/** What comes before `_one`, `_other` and whatever other forms a language has. */
export type PluralKey = MessageKey extends infer K ? (K extends `${infer Stem}_other` ? Stem : never) : never;

/** Texts as they are written, with `$1`, `$2` … in them; empty where there is none of that key. */
const read = new Map<string, string>();

/**
 * Reads a text, once: a page whose extension was updated or removed since it was loaded can read none any more, and what it
 * has read before is all it can say.
 * @param otherwise for such a page
 */
export function readAhead(key: string, otherwise = ''): string {
  let written = read.get(key);
  if (written === undefined) read.set(key, (written = isConnected() ? browser.i18n.getMessage(key, ['$1', '$2', '$3', '$4']) : otherwise));
  return written;
}

/**
 * To be awaited by the extension's own pages before they say anything. Chromium 156 has no texts for a process whose first page was closed while they were
 * being read, for as long as it lives: then they come from the extension's own files.
 */
export async function haveTexts(): Promise<void> {
  if (!isConnected() || browser.i18n.getMessage('common_locale')) return;
  const language = browser.i18n.getUILanguage();
  for (const folder of new Set(['en', language.replace(/-.*/, ''), language.replace('-', '_')])) {
    const answer = await fetch(browser.runtime.getURL(`_locales/${folder}/messages.json`)).catch(() => null); // there is no such translation
    const messages = (await answer?.json()) as Record<string, { message: string }> | undefined;
    for (const [key, { message }] of Object.entries(messages ?? {})) read.set(key, message);
  }
}

function fill(written: string, values: string[]): string {
  return written.replace(/\$([1-4])/g, (_, place: string) => values[Number(place) - 1] ?? '');
}

/** `values` take the places of `$1`, `$2` … */
export function text(key: MessageKey, ...values: string[]): string {
  return fill(readAhead(key), values);
}

/** The form that the language uses for `count`, which takes the place of `$1`; `more` take `$2` … */
export function plural(key: PluralKey, count: number, ...more: string[]): string {
  const values = [number(count), ...more];
  const form = new Intl.PluralRules(locale()).select(count);
  return fill(readAhead(`${key}_${form}`) || readAhead(`${key}_other`), values);
}

/** The language of the text: the user's, or English where there is no translation into it. */
export function locale(): string {
  return text('common_locale');
}

export function number(value: number, options?: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(locale(), options).format(value);
}

/** @param share 0 to 1 */
export function percent(share: number): string {
  return number(share, { style: 'percent', maximumFractionDigits: 0 });
}

/** @param time milliseconds since 1970 */
export function dateTime(time: number, options: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'short' }): string {
  return new Intl.DateTimeFormat(locale(), options).format(time);
}
