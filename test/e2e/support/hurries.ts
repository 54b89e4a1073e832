/** What people do who do not wait, right after a file was brought in and while it is held. Played of every route and uploader by `npm run test:e2e`. */
import type { Page } from 'playwright-core';

export interface Hurry {
  hurry: string;
  go(page: Page): Promise<unknown>;
  /** Without the extension, too, it is chance whether something still goes out. */
  mayMiss?: true;
}

export const HURRIES: Hurry[] = [
  { hurry: 'Enter at once', go: (page) => page.keyboard.press('Enter') },
  { hurry: 'left at once', go: (page) => page.goto('about:blank'), mayMiss: true },
];

/** For what is held to go out after the page was left, which would be wrong. */
export const AFTER_LEAVING_MS = 1_500;

/** Of a route that was left at once. */
export const NOTHING = 'nothing goes out';
