/** Every route a picture takes into a page, each as a person does it on one of the test pages. */
import type { Page } from 'playwright-core';
import type { DemoSite, Upload } from '../../sites/demo-site';
import { choose, drop, paste } from './user';

export interface Route {
  name: string;
  /** Path of the test page. */
  path: string;
  /** Brings the file in; returns when the page has had the event or is waiting for it. */
  send(page: Page, file: string): Promise<void>;
  /** What has to be done once the page has the file, before the server gets it. */
  submit?(page: Page): Promise<void>;
  /** The clipboard encodes anew: the server gets the same picture, but not the same bytes, even without the extension. */
  isPaste?: true;
}

const detached = (id: string): Route => ({
  name: `detached input: ${id}`,
  path: '/pages/detached-input.html',
  send: (page, file) => choose(page, `#${id}`, file),
});

const post = async (page: Page): Promise<void> => {
  await page.waitForSelector('#previews img');
  await page.click('#post');
};

export const routes: Route[] = [
  { name: 'attached input', path: '/pages/attached-input.html', send: (page, file) => choose(page, '#file', file) },
  detached('click'),
  detached('showPicker'),
  detached('dispatchEvent'),
  detached('removed'),
  { name: 'drop on an element', path: '/pages/drop.html', send: (page, file) => drop(page, '#zone', [file]) },
  { name: 'drop on an input', path: '/pages/drop-on-input.html', send: (page, file) => drop(page, '#file', [file]) },
  { name: 'paste', path: '/pages/paste.html', send: (page, file) => paste(page, '#handler', file), isPaste: true },
  {
    name: 'form without script',
    path: '/pages/form.html',
    send: (page, file) => choose(page, '#file', file),
    submit: (page) => page.click('#send'),
  },
  { name: 'feed: button', path: '/', send: (page, file) => choose(page, '.photo', file), submit: post },
  { name: 'feed: drop', path: '/', send: (page, file) => drop(page, '#composer', [file]), submit: post },
  { name: 'feed: paste', path: '/', send: (page, file) => paste(page, '#text', file), submit: post, isPaste: true },
];

/** Uploads by a route and returns what the server received, once it has something and nothing more comes. */
export async function uploadBy(route: Route, site: DemoSite, page: Page, file: string): Promise<Upload[]> {
  const before = site.received.length;
  await route.send(page, file);
  await route.submit?.(page);
  return receivedAfter(site, page, before);
}

export async function receivedAfter(site: DemoSite, page: Page, before: number): Promise<Upload[]> {
  while (site.received.length === before) await page.waitForTimeout(50);
  await page.waitForTimeout(200); // for a second one, which would be wrong
  return site.received.slice(before);
}
