/** The routes into a page beyond those of routes.ts: each as a person, or the browser for them, takes it on a test page. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame, Page } from 'playwright-core';
import type { DemoSite } from '../../sites/demo-site';
import type { Files } from './pictures';
import type { Route } from './routes';
import { answerPicker, choose, copy, drop } from './user';

export interface Way {
  name: string;
  path: string | ((site: DemoSite) => string);
  go(page: Page, files: Files): Promise<void>;
  /** What the server shall receive, in order; the small portrait alone where not given. */
  sent?: (keyof Files)[];
  /** On pages of the site that is not protected, with a frame of the one that is. */
  fromElsewhere?: true;
  /** Cannot be held: docs/routes.md says why. */
  passes?: true;
  /** Another way goes the same path through the extension: that one is taken twice in a row. */
  isLikeAnother?: true;
}

const pick = (name: string, path: string, selector: string): Way => ({ name, path, go: (page, files) => choose(page, selector, files.small) });

const input = (name: string, id: string): Way => pick(`input: ${name}`, '/pages/inputs.html', `#${id}`);
const shadow = (name: string, id: string): Way => pick(`shadow root: ${name}`, '/pages/shadow.html', `#${id}`);

/** The frame that has the content, however deep. */
async function inside(page: Page, selector: string): Promise<Frame> {
  for (;;) {
    for (const frame of page.frames().reverse()) {
      if (frame !== page.mainFrame() && (await frame.$(selector).catch(() => null))) return frame;
    }
    await page.waitForTimeout(50);
  }
}

function framed(kind: string): Way[] {
  const path = `/pages/frames.html?kind=${encodeURIComponent(kind)}`;
  const isBuilt = kind.endsWith('built');
  const ways: Way[] = [
    { name: `frame, ${kind}: attached input`, path, go: async (page, files) => choose(page, '#file', files.small, await inside(page, '#file')) },
    { name: `frame, ${kind}: detached input`, path, go: async (page, files) => choose(page, '#detached', files.small, await inside(page, '#detached')) },
    { name: `frame, ${kind}: drop`, path, go: async (page, files) => drop(page, '#zone', [files.small], { frame: await inside(page, '#zone') }) },
  ];
  const some = isBuilt ? ways.slice(0, 1) : ways;
  return kind === 'same-origin' ? some : some.map((way) => ({ ...way, isLikeAnother: true }));
}

function popup(kind: string): Way[] {
  const path = `/pages/frames.html?kind=${encodeURIComponent(kind)}`;
  const open = async (page: Page): Promise<Page> => {
    const [opened] = await Promise.all([page.waitForEvent('popup'), page.click('#open')]);
    await opened.waitForSelector('#file');
    return opened;
  };
  const go =
    (selector: string): Way['go'] =>
    async (page, files) => {
      const opened = await open(page);
      await choose(opened, selector, files.small);
    };
  return [
    { name: `${kind}: attached input`, path, go: go('#file') },
    { name: `${kind}: detached input`, path, go: go('#detached') },
  ];
}

/** Written once: a file that is written to while somebody reads it cannot be read. */
async function album(files: Files): Promise<string> {
  const folder = join(files.folder, 'album');
  if (existsSync(folder)) return folder;
  await mkdir(join(folder, 'inner'), { recursive: true });
  for (const [name, from] of [['a.jpg', files.small], ['b.pdf', files.pdf], ['inner/c.jpg', files.small2]] as const) {
    await writeFile(join(folder, name), await readFile(from));
  }
  return folder;
}

const handle = (name: string, id: string): Way => ({
  name,
  path: '/pages/handles.html',
  async go(page, files) {
    // once, as with the album
    if (!(await page.evaluate('window.isAnswered'))) await answerPicker(page, files.small);
    await page.evaluate('window.isAnswered = true');
    await page.click(`#${id}`);
  },
});

/** The page has got hold of the bytes by a way that nobody knows of: the test puts them there while the file is held. */
const request = (way: string): Way => ({
  name: `request: ${way}`,
  path: '/pages/requests.html',
  async go(page, files) {
    await choose(page, '#file', files.small);
    await page.evaluate(
      async ([chosen, base64]) => {
        const bytes = Uint8Array.from(atob(base64!), (character) => character.charCodeAt(0));
        const file = new File([bytes], 'Ann.jpg', { type: 'image/jpeg' });
        await (window as unknown as { ways: Record<string, (file: File) => unknown> }).ways[chosen!]!(file);
      },
      [way, (await readFile(files.small)).toString('base64')],
    );
  },
});

const markupOf = async (files: Files, names: (keyof Files)[] = ['small']): Promise<string> => {
  const images = names.map(async (name) => `<img src="data:image/jpeg;base64,${(await readFile(files[name])).toString('base64')}">`);
  return `<p>From a document</p>${(await Promise.all(images)).join('')}`;
};

const three: (keyof Files)[] = ['small', 'small2', 'small3'];

export const ways: Way[] = [
  { name: 'input: multiple', path: '/pages/inputs.html', go: (page, files) => choose(page, '#multiple', three.map((name) => files[name])), sent: three },
  input('accept', 'accept'),
  input('capture', 'capture'),
  {
    name: 'input: webkitdirectory',
    path: '/pages/inputs.html',
    go: async (page, files) => choose(page, '#directory', await album(files)),
    sent: ['small', 'pdf', 'small2'],
  },
  input('onchange attribute', 'inline'),
  input('hidden, by its label', 'span'),
  input('form.submit() on change', 'submits'),
  input('detached, page captures first', 'capturing'),
  input('detached, in a tree of its own', 'tree'),
  input('detached, cloned from a template', 'inTemplate'),
  input('detached, by its label', 'labelled'),

  shadow('open', 'open'),
  shadow('closed', 'closed'),
  shadow('closed in closed', 'nested'),
  shadow('declarative open', 'declarativeOpen'),
  shadow('declarative closed', 'declarativeClosed'),
  shadow('closed, host in no document', 'detachedHost'),

  ...['same-origin', 'about:blank', 'about:blank, built', 'srcdoc', 'blob:', 'data:', 'sandboxed srcdoc', 'sandboxed data:', 'frame in a frame'].flatMap(framed),
  {
    name: 'frame, cross-origin (a protected site in another)',
    path: (site) => `/pages/frames.html?kind=cross-origin&src=${encodeURIComponent(`${site.url}/pages/frame.html`)}`,
    go: async (page, files) => choose(page, '#file', files.small, await inside(page, '#file')),
    fromElsewhere: true,
  },
  ...['popup about:blank', 'popup blob:', 'popup same-origin'].flatMap(popup),

  {
    name: 'drop: three pictures and a PDF',
    path: '/pages/drop.html',
    go: (page, files) => drop(page, '#zone', [files.small, files.pdf, files.small2, files.small3]),
    sent: ['small', 'pdf', 'small2', 'small3'],
  },
  {
    name: 'drop: three pictures on an input',
    path: '/pages/drop-on-input.html?multiple',
    go: (page, files) => drop(page, '#file', three.map((name) => files[name])),
    sent: three,
  },
  { name: 'drop: picture by its entry', path: '/pages/entries.html?read=entries', go: (page, files) => drop(page, '#zone', [files.small]) },
  { name: 'drop: picture by its handle', path: '/pages/entries.html?read=handles', go: (page, files) => drop(page, '#zone', [files.small]) },
  {
    name: 'drop: folder by its entries',
    path: '/pages/entries.html?read=entries',
    go: async (page, files) => drop(page, '#zone', [await album(files)]),
    sent: ['small', 'pdf', 'small2'],
  },
  {
    name: 'drop: folder by its handles',
    path: '/pages/entries.html?read=handles',
    go: async (page, files) => drop(page, '#zone', [await album(files)]),
    sent: ['small', 'pdf', 'small2'],
  },
  {
    name: 'drop: image of another page',
    path: '/pages/editables.html',
    go: (page, files) =>
      drop(page, '#zone', [files.small], { texts: { 'text/uri-list': 'http://other.localhost/ann.jpg', 'text/html': '<img src="http://other.localhost/ann.jpg">' } }),
  },
  {
    name: 'drop: markup with a picture in it',
    path: '/pages/editables.html',
    go: async (page, files) => drop(page, '#zone', [], { texts: { 'text/html': await markupOf(files) } }),
  },
  {
    name: 'paste: markup with a picture in it',
    path: '/pages/editables.html',
    async go(page, files) {
      await copy(page, { 'text/html': Buffer.from(await markupOf(files)) });
      await page.focus('#handler');
      await page.keyboard.press('Control+V');
    },
  },
  {
    name: 'paste: markup with three pictures in it',
    path: '/pages/editables.html',
    async go(page, files) {
      await copy(page, { 'text/html': Buffer.from(await markupOf(files, three)) });
      await page.focus('#handler');
      await page.keyboard.press('Control+V');
    },
    sent: three,
  },
  {
    name: 'paste: bare contenteditable',
    path: '/pages/editables.html',
    async go(page, files) {
      await copy(page, { 'image/png': await readFile(files.smallPng) });
      await page.focus('#bare');
      await page.keyboard.press('Control+V');
    },
    sent: ['smallPng'],
  },

  handle('showOpenFilePicker()', 'pick'),
  handle('handle from storage', 'stored'),
  { ...handle('handle in a worker', 'worker'), passes: true },
  {
    name: 'navigator.clipboard.read()',
    path: '/pages/handles.html',
    async go(page, files) {
      await copy(page, { 'image/png': await readFile(files.smallPng), 'text/plain': Buffer.from('a caption') });
      await page.click('#clipboard');
    },
    sent: ['smallPng'],
  },
  ...[
    'fetch, form',
    'fetch, file',
    'fetch, blob',
    'fetch, inherited options',
    'fetch, Request with a form',
    'fetch, Request with a file',
    'XMLHttpRequest, form',
    'XMLHttpRequest, file',
    'sendBeacon, form',
    'sendBeacon, file',
  ].map((name, index): Way => ({ ...request(name), ...(index > 0 && { isLikeAnother: true }) })),
];

/** One of routes.ts, taken with small pictures. */
export const asWay = ({ name, path, send, submit, isPaste }: Route): Way => ({
  name,
  path,
  async go(page, { small, smallPng }) {
    await send(page, isPaste ? smallPng : small);
    await submit?.(page);
  },
  ...(isPaste && { sent: ['smallPng'] }),
});
