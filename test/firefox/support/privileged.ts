/**
 * What nobody but the browser itself can do: answer a file chooser, drop what comes from outside. Done in Firefox's own window, over BiDi (`moz:scope`),
 * and from there in the page's process; the code is Firefox's own kind of script, hence strings.
 */
import type { Browser } from 'puppeteer-core';

/** Puppeteer keeps it to itself. */
interface Connection {
  send(method: string, params: object): Promise<{ result: unknown }>;
}

type Evaluated = { type: 'success'; result: { value: string } } | { type: 'exception'; exceptionDetails: { text: string } };

export class Privileged {
  private constructor(
    private readonly connection: Connection,
    private readonly context: string,
  ) {}

  static async open(browser: Browser): Promise<Privileged> {
    const { connection } = browser as unknown as { connection: Connection };
    const { result } = await connection.send('browsingContext.getTree', { 'moz:scope': 'chrome' });
    const [window] = (result as { contexts: { context: string }[] }).contexts;
    return new Privileged(connection, window!.context);
  }

  /** @param body of an async function with `args` */
  async run<T>(body: string, ...args: unknown[]): Promise<T> {
    const { result } = await this.connection.send('script.callFunction', {
      functionDeclaration: `async (given) => { const args = JSON.parse(given); const done = await (async () => { ${body} })(); return JSON.stringify(done ?? null); }`,
      arguments: [{ type: 'string', value: JSON.stringify(args) }],
      target: { context: this.context },
      awaitPromise: true,
      userActivation: true,
    });
    const evaluated = result as Evaluated;
    if (evaluated.type === 'exception') throw new Error(evaluated.exceptionDetails.text);
    return JSON.parse(evaluated.result.value) as T;
  }

  /**
   * The same in the process of a page, where `content` is its window.
   * @param id of the page, as BiDi has it
   */
  runInPage<T>(id: string, body: string, ...args: unknown[]): Promise<T> {
    return this.run<T>(
      `const [id, body, inner] = args;
       const { NavigableManager } = ChromeUtils.importESModule('chrome://remote/content/shared/NavigableManager.sys.mjs');
       const { messageManager } = NavigableManager.getBrowserById(id);
       const name = 'nullswap:' + Math.random();
       const answer = new Promise((resolve, reject) => {
         const hear = ({ data }) => {
           messageManager.removeMessageListener(name, hear);
           if (data.error) reject(new Error(data.error));
           else resolve(data.value);
         };
         messageManager.addMessageListener(name, hear);
       });
       const script = '(async () => { const args = ' + JSON.stringify(inner) + '; ' + body + ' })().then((value) => sendAsyncMessage(' + JSON.stringify(name) + ', { value }), (error) => sendAsyncMessage(' + JSON.stringify(name) + ', { error: String(error) }))';
       messageManager.loadFrameScript('data:application/javascript;charset=utf-8,' + encodeURIComponent(script), false);
       return answer;`,
      id,
      body,
      args,
    );
  }

  /** From now on every chooser that opens gives these files; none: it is cancelled. */
  answerChoosers(paths: string[]): Promise<void> {
    return this.run(
      `const [paths] = args;
       window.nullswapPaths = paths;
       if (window.nullswapPicker) return;
       const fileAt = (path) => { const file = Cc['@mozilla.org/file/local;1'].createInstance(Ci.nsIFile); file.initWithPath(path); return file; };
       const picker = () => ({
         QueryInterface: ChromeUtils.generateQI(['nsIFilePicker']),
         init() {}, appendFilters() {}, appendFilter() {}, appendRawFilter() {},
         defaultString: '', defaultExtension: '', filterIndex: 0, displayDirectory: null, displaySpecialDirectory: '', addToRecentDocs: false, okButtonLabel: '', capture: 0, mode: 0,
         isModeSupported: () => Promise.resolve(true),
         get file() { return fileAt(window.nullswapPaths[0]); },
         get fileURL() { return Services.io.newFileURI(this.file); },
         get files() {
           const rest = window.nullswapPaths.map(fileAt);
           return { QueryInterface: ChromeUtils.generateQI(['nsISimpleEnumerator']), hasMoreElements: () => rest.length > 0, getNext: () => rest.shift(), [Symbol.iterator]: () => rest[Symbol.iterator]() };
         },
         open(callback) { Services.tm.dispatchToMainThread(() => callback.done(window.nullswapPaths.length ? Ci.nsIFilePicker.returnOK : Ci.nsIFilePicker.returnCancel)); },
       });
       window.nullswapPicker = { QueryInterface: ChromeUtils.generateQI(['nsIFactory']), createInstance: (iid) => picker().QueryInterface(iid) };
       Components.manager.QueryInterface(Ci.nsIComponentRegistrar).registerFactory(Components.ID('{a3b1d6c2-0d5b-4c3e-9a6d-2f0f7c1a9e10}'), 'picker', '@mozilla.org/filepicker;1', window.nullswapPicker);`,
      paths,
    );
  }

  /**
   * @param id of the page
   * @param at in the page's window
   * @param texts by MIME type
   */
  drop(id: string, at: { x: number; y: number }, files: { name: string; type: string; base64: string }[], texts: Record<string, string>): Promise<void> {
    return this.runInPage(
      id,
      `const [at, files, texts] = args;
       const find = () => {
         let { x, y } = at;
         let view = content;
         let element = view.document.elementFromPoint(x, y);
         for (;;) {
           const inner = element.matches('input, textarea') ? null : element.openOrClosedShadowRoot?.elementFromPoint(x, y); // theirs is the browser's own
           if (inner && inner !== element) { element = inner; continue; }
           if (!element.contentWindow) return { x, y, view, element };
           const box = element.getBoundingClientRect();
           x -= box.x + element.clientLeft; y -= box.y + element.clientTop;
           view = element.contentWindow;
           element = view.document.elementFromPoint(x, y) ?? view.document.body;
         }
       };
       const { view } = find();
       // what the browser's own script puts into it nobody else may read
       const sandbox = new Cu.Sandbox(view, { sandboxPrototype: view, wantXrays: false });
       sandbox.files = Cu.cloneInto(files, sandbox);
       sandbox.texts = Cu.cloneInto(texts, sandbox);
       const dataTransfer = Cu.evalInSandbox("(() => { const all = new DataTransfer(); for (const type in texts) all.setData(type, texts[type]); for (const { name, type, base64 } of files) all.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name, { type })); return all; })()", sandbox);
       for (const type of ['dragenter', 'dragover', 'drop']) {
         const { x, y, element } = find(); // pages put marks under the pointer meanwhile
         const event = new view.DragEvent(type, { bubbles: true, cancelable: true, composed: true, clientX: x, clientY: y, dataTransfer, view });
         view.windowUtils.dispatchDOMEventViaPresShellForTesting(element, event);
       }`,
      at,
      files,
      texts,
    );
  }

  /** What Firefox has written into its console of this extension. */
  complaints(): Promise<string[]> {
    return this.run(`return Services.console.getMessageArray().map(String).filter((text) => /moz-extension|nullswap/i.test(text)).slice(-20);`);
  }
}
