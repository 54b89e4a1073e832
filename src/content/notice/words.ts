/**
 * The notice's words, read while the extension can still be asked for them: a page may outlive it. Where it is gone before that,
 * they are English.
 */
import common from '../../../_locales/en/common.json';
import errors from '../../../_locales/en/errors.json';
import notice from '../../../_locales/en/notice.json';
import { readAhead } from '../../shared/text';

/** Another language may have other plural forms than English. */
const FORMS: Intl.LDMLPluralRule[] = ['zero', 'one', 'two', 'few', 'many', 'other'];

let areRead = false;

export function readWords(): void {
  if (areRead) return;
  areRead = true;
  for (const [key, { message }] of Object.entries({ ...common, ...notice, ...errors })) {
    readAhead(key, message);
    if (key.endsWith('_other')) for (const form of FORMS) readAhead(key.replace(/other$/, form), message);
  }
}

/** In a moment when the page has nothing better to do. */
export function readWordsSoon(): void {
  requestIdleCallback(readWords);
}
