/**
 * Nodes of documents whose frame is gone, and of documents that never had one: whatever a page does with them, its tab lives, and it
 * finds the same with the extension as without. Brought into the page with their listeners, they are of no use to have an original by.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { openBrowser, type Page, type TestBrowser } from './support/browser';
import { outcomeOf } from './support/outcome';
import { makeFiles, type Files } from './support/pictures';
import { choose } from './support/user';

let site: DemoSite;
let files: Files;
let browser: TestBrowser;
let plain: TestBrowser;

beforeAll(async () => {
  [site, files, browser, plain] = await Promise.all([startDemoSite(), makeFiles(), openBrowser({ isQuick: true }), openBrowser({ extension: false })]);
});
afterAll(async () => {
  await Promise.all([browser.close(), plain.close()]);
  await site.close();
});

const FRAME = `const frame = document.body.appendChild(document.createElement('iframe'));`;
const GO = `const go = (address, of = frame) => new Promise((loaded) => { of.onload = loaded; of.src = address; });`;
/** `d`, `w`: document and window of a frame that is taken out by `gone()`. */
const REMOVED = `${FRAME} const d = frame.contentDocument, w = frame.contentWindow; const gone = () => frame.remove();`;
const LEFT = `${FRAME} ${GO} await go('/pages/frame.html'); const d = frame.contentDocument, w = frame.contentWindow; const gone = () => go('/pages/form.html');`;
const INNER = `${FRAME} ${GO} await go('/pages/frame.html'); const inner = frame.contentDocument.body.appendChild(frame.contentDocument.createElement('iframe'));
  const d = inner.contentDocument, w = inner.contentWindow; const gone = () => go('/pages/form.html');`;
const POPUP = `const w = open('', '', 'popup'), d = w.document; const gone = async () => { w.close(); while (d.defaultView) await new Promise((next) => setTimeout(next, 20)); };`;

/** Listens to a node and tells what comes of an event made there. */
const listenTo = (node: string, type: string): string =>
  `const node = ${node}; await gone(); const heard = []; node.addEventListener('${type}', (event) => heard.push(event.type + ' ' + event.eventPhase)); node.dispatchEvent(new Event('${type}')); return heard;`;
const attempt = (code: string): string => `try { return String(${code}); } catch (error) { return error.name + ': ' + error.message; }`;

const CASES: Record<string, string> = {
  'own document, open() after load': `document.open(); document.write('x'); document.close(); return document.body.textContent;`,
  'own document, open() and no write()': `document.open(); return document.childNodes.length;`,
  'frame, open()': `${FRAME} return frame.contentDocument.open() === frame.contentDocument;`,
  'frame, open() and close()': `${REMOVED} d.open(); d.close(); return d.childNodes.length;`,
  'frame, open(), write() and no close()': `${REMOVED} d.open(); d.write('<p>x'); return d.body.innerHTML;`,
  'frame, open(), write() and close()': `${REMOVED} d.open(); d.write('<p>x'); d.close(); return d.body.innerHTML;`,
  'frame, write() alone': `${REMOVED} d.write('<p>x'); return d.body.innerHTML;`,
  'frame, open(), a moment later write() and close()': `${REMOVED} d.open(); await new Promise((next) => setTimeout(next, 300)); d.write('x'); d.close(); return d.body.innerHTML;`,
  'frame with an address, open()': `${LEFT} d.open(); return d.childNodes.length;`,
  'frame taken out, open()': `${REMOVED} gone(); ${attempt('d.open() === d')}`,
  'frame taken out, open() by the own window': `${REMOVED} gone(); ${attempt('Document.prototype.open.call(d) === d')}`,
  'frame taken out, open() by its own native': `${REMOVED} const { open } = w.Document.prototype; gone(); ${attempt('open.call(d) === d')}`,
  'frame taken out, write()': `${REMOVED} gone(); ${attempt("d.write('x')")}`,
  'frame taken out, writeln()': `${REMOVED} gone(); ${attempt("d.writeln('x')")}`,
  'frame left, open()': `${LEFT} await gone(); ${attempt('d.open() === d')}`,
  'frame left, write()': `${LEFT} await gone(); ${attempt("d.write('x')")}`,
  'frame left, write() by the own window': `${LEFT} await gone(); ${attempt("Document.prototype.write.call(d, 'x')")}`,
  'frame in a frame that is left, open()': `${INNER} await gone(); ${attempt('d.open() === d')}`,
  'frame in a frame that is left, write()': `${INNER} await gone(); ${attempt("d.write('x')")}`,
  'frame in a frame that is left, its document heard': `${INNER} ${listenTo('d', 'change')}`,
  'frame in a frame that is left, its svg heard': `${INNER} ${listenTo("d.createElementNS('http://www.w3.org/2000/svg', 'svg')", 'input')}`,
  'frame left, its body heard': `${LEFT} ${listenTo('d.body', 'change')}`,
  'frame left, its document heard': `${LEFT} ${listenTo('d', 'change')}`,
  'frame left, attachShadow()': `${LEFT} const host = d.createElement('div'); await gone(); const root = host.attachShadow({ mode: 'open' }); return root.host === host && root.mode;`,
  'frame taken out, attachShadow()': `${REMOVED} const host = d.createElement('div'); gone(); return host.attachShadow({ mode: 'closed' }).mode;`,
  'frame taken out, a shadow root heard': `${REMOVED} const root = d.createElement('div').attachShadow({ mode: 'closed' }); ${listenTo('root', 'change')}`,
  'frame taken out, its document heard': `${REMOVED} ${listenTo('d', 'change')}`,
  'frame taken out, its window heard': `${REMOVED} gone(); w.addEventListener('change', () => {}); return 'heard';`,
  'frame taken out, its body heard': `${REMOVED} ${listenTo('d.body', 'change')}`,
  'frame taken out, its svg heard': `${REMOVED} ${listenTo("d.createElementNS('http://www.w3.org/2000/svg', 'svg')", 'change')}`,
  'frame taken out, its math heard': `${REMOVED} ${listenTo("d.createElementNS('http://www.w3.org/1998/Math/MathML', 'math')", 'input')}`,
  'frame taken out, an element of no namespace heard': `${REMOVED} ${listenTo("d.createElementNS(null, 'x')", 'input')}`,
  'frame taken out, a text heard': `${REMOVED} ${listenTo("d.createTextNode('x')", 'input')}`,
  'frame taken out, a comment heard': `${REMOVED} ${listenTo("d.createComment('x')", 'change')}`,
  'frame taken out, an attribute heard': `${REMOVED} ${listenTo("d.createAttribute('x')", 'change')}`,
  'frame taken out, a fragment heard': `${REMOVED} ${listenTo('d.createDocumentFragment()', 'input')}`,
  'frame left, its doctype heard': `${LEFT} ${listenTo('d.doctype', 'input')}`,
  'frame taken out, an own node moved into it before': `${REMOVED} const own = document.createElementNS('http://www.w3.org/2000/svg', 'svg'); own.addEventListener('input', () => {}); d.body.append(own); ${listenTo('own', 'input')}`,
  'frame taken out, an own input moved into it before': `${REMOVED} const own = Object.assign(document.createElement('input'), { type: 'file' }); own.addEventListener('change', () => {}); own.click(); d.body.append(own); ${listenTo('own', 'change')}`,
  'frame taken out, click() of an input': `${REMOVED} const input = Object.assign(d.createElement('input'), { type: 'file' }); gone(); const heard = []; input.onclick = () => heard.push('click'); input.click(); return heard;`,
  'frame taken out, showPicker() of an input': `${REMOVED} const input = Object.assign(d.createElement('input'), { type: 'file' }); gone(); ${attempt('input.showPicker()')}`,
  'frame taken out, a click made at an svg': `${REMOVED} const node = d.createElementNS('http://www.w3.org/2000/svg', 'svg'); gone(); return node.dispatchEvent(new MouseEvent('click', { cancelable: true }));`,
  'frame taken out, a click made at its document': `${REMOVED} gone(); return d.dispatchEvent(new MouseEvent('click'));`,
  'popup closed, its document heard': `${POPUP} ${listenTo('d', 'change')}`,
  'popup closed, open()': `${POPUP} await gone(); ${attempt('d.open() === d')}`,
  'parsed document heard': `const gone = () => {}; ${listenTo("new DOMParser().parseFromString('<p>', 'text/html')", 'change')}`,
  'made document, open()': attempt("document.implementation.createHTMLDocument('').open().childNodes.length"),
  'new Document, open()': attempt('new Document().open()'),
  'new Document heard': `const gone = () => {}; ${listenTo('new Document()', 'input')}`,
  'content of a template heard': `const gone = () => {}; ${listenTo("document.createElement('template').content", 'input')}`,
  'answer of a request heard': `const gone = () => {}; const request = new XMLHttpRequest(); request.open('GET', '/pages/form.html'); request.responseType = 'document'; await new Promise((loaded) => { request.onload = loaded; request.send(); }); ${listenTo('request.response', 'input')}`,
};

/** What the page finds, or that its tab came to an end. */
async function find(from: TestBrowser, code: string): Promise<unknown> {
  const page = await from.open(`${site.url}/pages/attached-input.html`);
  const crashed = new Promise((end) => page.on('crash', () => end('the tab is gone')));
  const found = page.evaluate(`(async () => { ${code} })()`).then(async (result) => {
    await page.evaluate(() => new Promise((next) => setTimeout(next, 50))); // it may take a moment
    return result;
  });
  const result = await Promise.race([crashed, found.catch((error: unknown) => (/crash|closed/i.test(String(error)) ? crashed : Promise.reject(error as Error)))]);
  await page.close();
  return result;
}

it.each(Object.entries(CASES))('%s', async (_name, code) => {
  const without = await find(plain, code);
  expect(without).not.toBe('the tab is gone');
  expect(await find(browser, code)).toEqual(without);
});

/** Each gives `tree`, where the page listens while it is in no window, and `input` in it. */
const TREES: Record<string, string> = {
  'an input': `const input = d.createElement('input'), tree = input;`,
  'an element around it': `const tree = d.createElement('p'), input = d.createElement('input'); tree.append(input);`,
  'an svg around it': `const tree = d.createElementNS('http://www.w3.org/2000/svg', 'svg'), input = d.createElement('input'); tree.append(input);`,
  'a fragment around it': `const tree = d.createDocumentFragment(), input = d.createElement('input'); tree.append(input);`,
  'a shadow root around it': `const host = d.createElement('div'), tree = host.attachShadow({ mode: 'open' }), input = d.createElement('input'); tree.append(input);`,
};

/** The page listens in a document, then picks with what it has of it in its own; sends the bytes it hears of, not the file. */
async function pickMoved(page: Page, source: string, tree: string): Promise<void> {
  await page.evaluate(`(() => {
    ${source} ${TREES[tree]}
    input.type = 'file';
    if (typeof frame === 'object') frame.remove();
    for (const type of ['input', 'change']) {
      tree.addEventListener(type, async (event) => {
        if (input.files.length === 0) return;
        const body = new FormData();
        body.append('file', new Blob([await input.files[0].arrayBuffer()]), type);
        fetch('/api/uploads', { method: 'POST', body });
      }, true);
    }
    document.adoptNode(typeof host === 'object' ? host : tree);
    document.body.append(Object.assign(document.createElement('button'), { id: 'moved', textContent: 'moved', onclick: () => input.click() }));
  })()`);
  await choose(page, '#moved', files.small);
}

it.each(Object.keys(TREES))('listens to %s in a document of no window, then has it here', async (tree) => {
  const original = await readFile(files.small);
  for (const [from, expected] of [[browser, 'cloaked'], [plain, 'original']] as const) {
    site.received.length = 0;
    const page = await from.open(`${site.url}/pages/attached-input.html`);
    await pickMoved(page, `const d = document.implementation.createHTMLDocument('');`, tree);
    while (site.received.length < 2) await page.waitForTimeout(25); // `input` and `change`
    await page.waitForTimeout(150); // for one more, which would be wrong
    expect(await Promise.all(site.received.map(({ bytes }) => outcomeOf(original, bytes)))).toEqual([expected, expected]);
    await page.close();
  }
});

it.each(Object.keys(TREES))('listens to %s in a frame that is gone, and hears nothing of it here', async (tree) => {
  site.received.length = 0;
  for (const from of [browser, plain]) {
    const page = await from.open(`${site.url}/pages/attached-input.html`);
    await pickMoved(page, `${FRAME} const d = frame.contentDocument;`, tree);
    await page.waitForTimeout(500);
    await page.close();
  }
  expect(site.received).toEqual([]);
});
