/** Nothing leaves the device: no request while pictures are cloaked, and no remote host in what is shipped. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { openBrowser, type TestBrowser } from './support/browser';
import { press, waitForFailure } from './support/notice';
import { makeFiles, type Files } from './support/pictures';
import { receivedAfter, routes, uploadBy } from './support/routes';
import { choose } from './support/user';

/** What Chromium asks for itself, with or without an extension, whatever flags it is given. */
const BROWSERS_OWN = /^(http:\/\/)?(update\.googleapis\.com|clients2\.google\.com|accounts\.google\.com|content-autofill\.googleapis\.com)[:/]/;

function remoteRequests(browser: TestBrowser): string[] {
  return browser.requested.filter((url) => !BROWSERS_OWN.test(url));
}

describe('while pictures are cloaked', () => {
  let site: DemoSite;
  let files: Files;
  let browser: TestBrowser;
  const asked: string[] = [];

  beforeAll(async () => {
    [site, files, browser] = await Promise.all([startDemoSite(), makeFiles(), openBrowser()]);
    browser.context.on('request', (request) => asked.push(request.url()));
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
  });

  it('asks nobody for anything', async () => {
    for (const name of ['attached input', 'detached input: click', 'drop on an element', 'paste']) {
      const route = routes.find((candidate) => candidate.name === name)!;
      const page = await browser.open(site.url + route.path);
      await uploadBy(route, site, page, route.isPaste ? files.portraitPng : files.portrait);
      await page.close();
    }
    const page = await browser.open(`${site.url}/pages/attached-input.html`);
    const popup = await browser.openPopup(page);
    await popup.close();
    await choose(page, '#file', files.truncated);
    await waitForFailure(page);
    const before = site.received.length;
    await press(page, 'Upload the original');
    await receivedAfter(site, page, before);
    await browser.killWorker();

    expect(remoteRequests(browser)).toEqual([]);
    expect(site.requests.filter(({ origin }) => origin && origin !== site.url)).toEqual([]);
    const local = [`${site.url}/`, `${browser.extensionOrigin}/`, 'data:', `blob:${site.url}/`, `blob:${browser.extensionOrigin}/`];
    expect(asked.filter((url) => !local.some((start) => url.startsWith(start)))).toEqual([]);
    expect(asked).not.toEqual([]);
  });

  it('would have noticed: a page that asks is seen', async () => {
    const page = await browser.open(`${site.url}/pages/attached-input.html`);
    await page.evaluate(() => fetch('http://elsewhere.test/', { mode: 'no-cors' }).catch(() => {}));
    expect(remoteRequests(browser)).toEqual(['http://elsewhere.test/']);
    await page.close();
  });

  it('cannot ask, even if it tried: the extension pages may connect to themselves alone', async () => {
    const outcome = await browser.control.evaluate(() => fetch('http://elsewhere.test/asked-by-the-extension').then(String, (error) => error.name));
    expect(outcome).toBe('TypeError');
    expect(browser.requested.filter((url) => url.includes('asked-by-the-extension'))).toEqual([]);
  });
});

/** Hosts named in third-party code that are read by people, never by the program. */
const MENTIONED: Record<string, string> = {
  'www.w3.org': 'XML namespaces',
  'purl.org': 'the name of an XMP namespace',
  'cipa.jp': 'the name of an XMP namespace',
  'iptc.org': 'the name of an XMP namespace',
  'www.metadataworkinggroup.com': 'the name of an XMP namespace',
  'ns.microsoft.com': 'the name of an XMP namespace',
  'creativecommons.org': 'the name of an XMP namespace',
  'ns.useplus.org': 'the name of an XMP namespace',
  'ns.google.com': 'the name of an XMP namespace',
  'ns.adobe.com': 'markers of XMP segments, whose names look like addresses',
  'arxiv.org': 'sources of methods, in comments of shaders and kernels',
  'www.shadertoy.com': 'source of a shader, in its comment',
  'github.com': 'issue links in comments and error messages',
  'emscripten.org': 'documentation link in an error message of the wasm loader',
  'www.tensorflow.org': 'documentation links in error messages of the TFLite runtime',
  'tools.ietf.org': 'documentation link in a comment',
  'www.ietf.org': 'documentation link in a comment',
  'developer.mozilla.org': 'documentation link in a comment',
  'en.wikipedia.org': 'documentation link in a comment',
  'pubs.opengroup.org': 'documentation link in a comment',
  'www.khronos.org': 'documentation link in a comment',
  'unicode.org': 'documentation link in a comment',
  'bugzil.la': 'bug link in a comment',
  'webkit.org': 'bug link in a comment',
  'kripken.github.io': 'documentation link in a comment of the wasm loader',
  'server.com': 'an example address in a comment of the wasm loader',
  'json-schema.org': 'the name of its language, in the schema of what an organisation may lay down',
  'cms.example.org': 'an example address in the same schema',
  go: 'short link in a comment of protocol buffers',
  goto: 'short link in a comment of protocol buffers',
};

async function textOf(folder: string): Promise<[path: string, text: string][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(paths.map(async (path): Promise<[string, string]> => [path, await readFile(path, 'latin1')]));
}

describe('what is shipped', () => {
  let shipped: [path: string, text: string][];

  beforeAll(async () => {
    // the manifest names the sites where uploads are watched; start.test.ts looks at it
    shipped = (await textOf('dist')).filter(([path]) => path !== join('dist', 'manifest.json'));
  });

  it('names no remote host but in comments and error messages', () => {
    const named = shipped.flatMap(([path, text]) =>
      [...text.matchAll(/\b(?:https?|wss?|ftp):\/\/([A-Za-z0-9][A-Za-z0-9.-]*)/g)].map(([, host]) => `${path}: ${host}`),
    );
    expect(named.filter((entry) => !Object.hasOwn(MENTIONED, entry.split(': ')[1]!))).toEqual([]);
    expect(named).not.toEqual([]);
  });

  it('holds no usage metrics', () => {
    // the first two are where later versions of MediaPipe's tasks send theirs
    const trackers = /odml\.pa|pa\.googleapis\.com|google-analytics|googletagmanager|gstatic\.com|sentry\.io|segment\.io|firebaseio/i;
    expect(shipped.filter(([, text]) => trackers.test(text)).map(([path]) => path)).toEqual([]);
  });

  it('knows nothing of the demo site', () => {
    expect(shipped.filter(([, text]) => text.includes('demo.localhost')).map(([path]) => path)).toEqual([]);
  });
});
