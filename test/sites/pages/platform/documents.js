// HTML Standard: documents that are opened anew, frames, windows. DOM Standard: shadow trees.
const inDocument = (run) => framed((view) => run(view.document, view), '/pages/platform/blank.html');

group('document.open()', {
  'gives the document and empties it': () =>
    inDocument((other) => {
      equal(other.open(), other);
      equal([other.childNodes.length, other.readyState], [0, 'loading']);
      other.write('<p>one</p>');
      other.write('<p>two');
      other.close();
      equal(other.body.innerHTML, '<p>one</p><p>two</p>');
    }),
  'takes the listeners of document and window with it': () =>
    inDocument((other, view) => {
      let calls = 0;
      const node = other.body;
      for (const target of [view, other, node]) target.addEventListener('check', () => (calls += 1));
      other.open();
      other.close();
      for (const target of [view, other, node]) target.dispatchEvent(new Event('check'));
      equal(calls, 0);
    }),
  'leaves the window as it is': () =>
    inDocument((other, view) => {
      view.mark = 1;
      other.open();
      other.close();
      equal([view.mark, view.document === other], [1, true]);
    }),
  'does nothing while the document is parsed': () => {
    const frame = document.createElement('iframe');
    document.body.append(frame);
    const other = frame.contentDocument;
    frame.contentWindow.seen = [];
    other.open();
    other.write('<p id="first"></p><script>window.seen.push(document.open() === document, document.querySelector("#first") !== null)</' + 'script>');
    other.close();
    equal(frame.contentWindow.seen, [true, true]);
    frame.remove();
  },
  'is done by write() where need be': () =>
    inDocument((other) => {
      other.write('<b>new</b>');
      other.close();
      equal(other.body.innerHTML, '<b>new</b>');
    }),
  'opens a window with three arguments': () => {
    const other = document.open('/pages/platform/blank.html', 'check-opened', 'popup');
    equal(other === null || typeof other.close === 'function', true);
    other?.close();
  },
  'is refused where there is no HTML': () => {
    const xml = new DOMParser().parseFromString('<a/>', 'application/xml');
    for (const name of ['open', 'close', 'write', 'writeln']) throws('InvalidStateError', () => xml[name]());
  },
  'in a document without a window changes nothing of that': () => {
    const other = document.implementation.createHTMLDocument('x');
    equal(other.open(), other);
    equal(other.defaultView, null);
  },
  'is for documents alone': () => {
    for (const name of ['open', 'write', 'writeln', 'close']) throws('TypeError', () => Document.prototype[name].call({}));
  },
  'writes lines': () =>
    inDocument((other) => {
      other.writeln('a', 'b');
      other.write('c');
      other.close();
      equal(other.body.textContent, 'ab\nc');
    }),
});

group('frames', {
  'have no window in no document': () => {
    const frame = document.createElement('iframe');
    equal([frame.contentWindow, frame.contentDocument], [null, null]);
  },
  'have one at once': () =>
    framed((view, frame) => {
      equal([view.parent === window, view.document === frame.contentDocument, view.location.href, view.frameElement === frame], [true, true, 'about:blank', true]);
      equal(view.document.readyState, 'complete');
    }),
  'lose it': () => {
    const frame = document.createElement('iframe');
    document.body.append(frame);
    const view = frame.contentWindow;
    frame.remove();
    equal([frame.contentWindow, view.closed, view.parent], [null, true, null]);
  },
  'have classes of their own': () =>
    framed((view) => {
      equal([view.EventTarget === EventTarget, view.document.createElement('p') instanceof HTMLElement, view.document instanceof view.Document], [false, false, true]);
    }),
  'lend their methods': () =>
    framed((view) => {
      let calls = 0;
      const node = document.createElement('p');
      view.EventTarget.prototype.addEventListener.call(node, 'click', () => (calls += 1));
      view.HTMLElement.prototype.click.call(node);
      equal(calls, 1);
    }),
  'throw errors of their own': () =>
    framed((view) => {
      try {
        view.EventTarget.prototype.addEventListener.call({}, 'x', () => {});
      } catch (error) {
        equal([error instanceof view.TypeError, error instanceof TypeError], [true, false]);
      }
    }),
  'of another origin show nothing': () =>
    framed((view, frame) => {
      equal(frame.contentDocument, null);
      throws('SecurityError', () => view.document);
      equal([view.closed, view.length], [false, 0]);
    }, `http://other.localhost:${location.port}/pages/platform/blank.html`),
  'are counted': () =>
    framed((view) => {
      equal([window.length > 0, [...Array(window.length).keys()].some((index) => window[index] === view)], [true, true]);
    }),
  'have getters for themselves alone': () => {
    for (const name of ['contentWindow', 'contentDocument']) throws('TypeError', () => Object.getOwnPropertyDescriptor(HTMLIFrameElement.prototype, name).get.call({}));
    throws('TypeError', () => HTMLIFrameElement.prototype.getSVGDocument.call({}));
    equal(document.createElement('object').contentDocument, null);
  },
  'have no drawing': () => framed((view, frame) => equal(frame.getSVGDocument(), null)),
});

group('shadow roots', {
  'are open or closed': () => {
    const [open, closed] = [make('<div></div>'), make('<div></div>')];
    const root = open.attachShadow({ mode: 'open' });
    equal([open.shadowRoot === root, root.mode, root.host === open], [true, 'open', true]);
    equal([closed.attachShadow({ mode: 'closed' }).mode, closed.shadowRoot], ['closed', null]);
  },
  'need a mode': () => {
    for (const wrong of [undefined, {}, { mode: 'x' }, 1, null]) throws('TypeError', () => make('<div></div>').attachShadow(wrong));
    throws('TypeError', () => make('<div></div>').attachShadow());
    throws('TypeError', () => Element.prototype.attachShadow.call({}, { mode: 'open' }));
  },
  'are had once': () => {
    const host = make('<div></div>');
    host.attachShadow({ mode: 'open' });
    throws('NotSupportedError', () => host.attachShadow({ mode: 'open' }));
  },
  'are not for every element': () => {
    for (const name of ['a', 'input', 'img', 'video', 'form']) throws('NotSupportedError', () => document.createElement(name).attachShadow({ mode: 'open' }));
    throws('NotSupportedError', () => document.createElementNS('http://www.w3.org/2000/svg', 'g').attachShadow({ mode: 'open' }));
    for (const name of ['article', 'span', 'own-element']) equal(document.createElement(name).attachShadow({ mode: 'open' }).nodeType, 11);
  },
  'have what they were asked for': () => {
    const root = make('<div></div>').attachShadow({ mode: 'open', delegatesFocus: true, slotAssignment: 'manual', clonable: true, serializable: true });
    equal([root.delegatesFocus, root.slotAssignment, root.clonable, root.serializable], [true, 'manual', true, true]);
  },
  'have their options read in this order': () => {
    const read = [];
    const options = {};
    for (const [name, value] of [['clonable', false], ['delegatesFocus', false], ['mode', 'open'], ['serializable', false], ['slotAssignment', 'named']]) Object.defineProperty(options, name, { get: () => (read.push(name), value) });
    make('<div></div>').attachShadow(options);
    equal(read.filter((name) => name !== 'customElementRegistry'), ['clonable', 'delegatesFocus', 'mode', 'serializable', 'slotAssignment']);
  },
  'come with markup': () => {
    const host = document.createElement('div');
    host.setHTMLUnsafe('<p><template shadowrootmode="open"><b></b></template></p><p><template shadowrootmode="closed"></template></p>');
    equal([host.children[0].shadowRoot.innerHTML, host.children[1].shadowRoot], ['<b></b>', null]);
  },
  'are not for an element that says so': () => {
    customElements.define('check-disabled', class extends HTMLElement { static disabledFeatures = ['shadow']; });
    throws('NotSupportedError', () => document.createElement('check-disabled').attachShadow({ mode: 'open' }));
  },
});

group('functions', {
  'are what the specification says': () => {
    for (const [owner, name, length] of [
      [EventTarget.prototype, 'addEventListener', 2],
      [EventTarget.prototype, 'dispatchEvent', 1],
      [Element.prototype, 'attachShadow', 1],
      [HTMLElement.prototype, 'click', 0],
      [HTMLInputElement.prototype, 'showPicker', 0],
      [HTMLFormElement.prototype, 'submit', 0],
      [Document.prototype, 'open', 0],
      [Document.prototype, 'write', 0],
      [DataTransferItem.prototype, 'webkitGetAsEntry', 0],
      [DataTransferItem.prototype, 'getAsFileSystemHandle', 0],
      [FileSystemFileHandle.prototype, 'getFile', 0],
      [Clipboard.prototype, 'read', 0],
      [Clipboard.prototype, 'readText', 0],
      [XMLHttpRequest.prototype, 'open', 2],
      [XMLHttpRequest.prototype, 'send', 0],
      [Navigator.prototype, 'sendBeacon', 1],
      [window, 'fetch', 1],
      [window, 'open', 0],
    ]) {
      const descriptor = Object.getOwnPropertyDescriptor(owner, name);
      const native = descriptor.value;
      equal([name, native.name, native.length, descriptor.writable, descriptor.enumerable, descriptor.configurable], [name, name, length, true, true, true]);
      equal(String(native), `function ${name}() { [native code] }`);
      equal(Object.getOwnPropertyNames(native).sort(), ['length', 'name']);
      throws('TypeError', () => new native());
    }
  },
  'that read are so, too': () => {
    for (const [owner, name] of [[HTMLIFrameElement.prototype, 'contentWindow'], [HTMLIFrameElement.prototype, 'contentDocument'], [HTMLObjectElement.prototype, 'contentWindow']]) {
      const { get, set, enumerable, configurable } = Object.getOwnPropertyDescriptor(owner, name);
      equal([get.name, get.length, set, enumerable, configurable, String(get)], [`get ${name}`, 0, undefined, true, true, `function get ${name}() { [native code] }`]);
    }
  },
  'can be wrapped and put back': () => {
    const { addEventListener } = EventTarget.prototype;
    let calls = 0;
    EventTarget.prototype.addEventListener = function (...args) {
      calls += 1;
      return addEventListener.apply(this, args);
    };
    new EventTarget().addEventListener('x', () => {});
    EventTarget.prototype.addEventListener = addEventListener;
    equal([calls, EventTarget.prototype.addEventListener === addEventListener], [1, true]);
  },
});
