/** The notice's looks as a constructed stylesheet, since a page's CSP may forbid inline style. */
import tokens from '../../ui/tokens.css?inline';
import looks from './notice.css?inline';

export function noticeStyle(): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  // not on the host: a page's rules for it would win there
  sheet.replaceSync(tokens.replace(':root', '.stack') + looks);
  return sheet;
}
