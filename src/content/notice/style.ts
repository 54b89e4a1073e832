/** The notice's looks as a constructed stylesheet, since a page's CSP may forbid inline style. */
import tokens from '../../ui/tokens.css?inline';
import looks from './notice.css?inline';

/** @param view the window of the document in which it is to hold: a sheet holds in no other */
export function noticeStyle(view: typeof globalThis): CSSStyleSheet {
  const sheet = new view.CSSStyleSheet();
  // not on the host: a page's rules for it would win there
  sheet.replaceSync(tokens.replace(':root', '.stack') + looks);
  return sheet;
}
