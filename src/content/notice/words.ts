/**
 * The notice's words, read while the extension can still be asked for them: a page may outlive it. Where it is gone before that,
 * they are English.
 */
import common from '../../../_locales/en/common.json';
import errors from '../../../_locales/en/errors.json';
import notice from '../../../_locales/en/notice.json';
import { readAhead } from '../../shared/text';

let areRead = false;

/** Of each plural the forms of the user's language alone: asked for one that is not there, Firefox writes an error. */
export function readWords(): void {
  if (areRead) return;
  areRead = true;
  const all: Record<string, { message: string }> = { ...common, ...notice, ...errors };
  const { pluralCategories } = new Intl.PluralRules(readAhead('common_locale', common.common_locale.message)).resolvedOptions();
  for (const [key, { message }] of Object.entries(all)) {
    const stem = /^(.*)_(?:zero|one|two|few|many|other)$/.exec(key)?.[1];
    if (!stem || !all[`${stem}_other`]) readAhead(key, message);
    else if (key.endsWith('_other')) for (const form of pluralCategories) readAhead(`${stem}_${form}`, all[`${stem}_${form}`]?.message ?? message);
  }
}

/** In a moment when the page has nothing better to do. */
export function readWordsSoon(): void {
  requestIdleCallback(readWords);
}
