/** The one file that touches the browser API; everything else imports `browser` from here. */
import polyfill from 'webextension-polyfill';

export const browser = polyfill;
