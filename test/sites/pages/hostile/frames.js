// Tricks with frames and popups: their natives are taken, or their windows prepared.
const fresh = () => {
  const frame = document.createElement('iframe');
  document.documentElement.append(frame);
  return frame.contentWindow;
};

const framed = (properties) => document.documentElement.appendChild(Object.assign(document.createElement('iframe'), properties));
const loading = (src) => framed({ src });
const borrow = ({ EventTarget: Other, HTMLElement: Element, FileSystemFileHandle: Handle }) => {
  const { getFile } = Handle.prototype;
  window.natives = { add: Other.prototype.addEventListener, click: Element.prototype.click, getFile: (handle) => getFile.call(handle) };
  listenEverywhere(Other.prototype.addEventListener);
};

/** Now, and again when it has loaded. */
const borrowTwice = (frame) => {
  borrow(frame.contentWindow);
  window.prepare = () => borrow(frame.contentWindow);
};
/** The page opens its own document with methods of another window. */
const openAnew = ({ Document: { prototype: { open, write } } }, when) =>
  when.addEventListener(when === window ? 'load' : 'DOMContentLoaded', () => {
    const html = pageWithoutTricks();
    open.call(document);
    listenEverywhere();
    write.call(document, html);
    document.close();
  });

Object.assign(tricks, {
  'borrows natives of a fresh frame': () => {
    const { EventTarget: Other, HTMLElement: Element, HTMLInputElement: Input } = fresh();
    window.natives = { add: Other.prototype.addEventListener, click: Element.prototype.click };
    Object.defineProperty(HTMLInputElement.prototype, 'files', Object.getOwnPropertyDescriptor(Input.prototype, 'files'));
    listenEverywhere(Other.prototype.addEventListener);
  },
  'borrows natives of a frame that is gone': () => {
    const { EventTarget: Other, HTMLElement: Element } = fresh();
    window.natives = { add: Other.prototype.addEventListener, click: Element.prototype.click };
    document.querySelector('iframe').remove();
    listenEverywhere(Other.prototype.addEventListener);
  },
  'borrows natives of a frame that is loading': () => {
    borrow(loading('/pages/frame.html').contentWindow);
  },
  'borrows natives of a frame that is loading, by its number': () => {
    loading('/pages/frame.html');
    borrow(window[0]);
  },
  'borrows natives of a frame that never loads': () => {
    borrow(loading('/never').contentDocument.defaultView);
  },
  'borrows natives of an object that is loading': () => {
    borrow(Object.assign(document.documentElement.appendChild(document.createElement('object')), { data: '/never', type: 'text/html' }).contentWindow ?? window);
  },
  'borrows natives of a frame in a frame that never loads': () => {
    const { contentDocument: outer } = loading('/never');
    const inner = Object.assign(outer.createElement('iframe'), { src: '/never' });
    outer.body.append(inner);
    borrow(inner.contentWindow);
  },
  'borrows natives of a popup that never loads': () => {
    window.prepare = () => {
      const other = window.open('/never', '', 'popup');
      borrow(other);
    };
  },
  'opens its document with natives of a frame that never loads': () => openAnew(loading('/never').contentWindow, document),
  'borrows natives of a popup': () => {
    window.prepare = () => {
      const other = window.open('', '', 'popup');
      window.natives = { add: other.EventTarget.prototype.addEventListener, click: other.HTMLElement.prototype.click };
      other.close();
    };
  },
  'opens its document with a fresh frame\'s native': () => openAnew(fresh(), window),
  'borrows natives of a frame that is loading, by its name': () => {
    framed({ src: '/pages/frame.html', name: 'lender' });
    borrow(window.lender);
  },
  'borrows natives of a frame that is answered with nothing': () => {
    const frame = loading('/nothing');
    window.prepare = () => borrow(frame.contentWindow);
  },
  'borrows natives of a frame that downloads': () => {
    const frame = loading('/download');
    window.prepare = () => borrow(frame.contentWindow);
  },
  'borrows natives of a frame with a script for an address': () => {
    borrow(loading("javascript:'<p>here</p>'").contentWindow);
  },
  'borrows natives of a frame that is given its text': () => borrowTwice(framed({ srcdoc: '<p>here</p>' })),
  'borrows natives of a frame of a blob': () => borrowTwice(loading(URL.createObjectURL(new Blob(['<p>here</p>'], { type: 'text/html' })))),
  'borrows natives of a frame that no script may run in': () => borrowTwice(framed({ sandbox: 'allow-same-origin', src: '/pages/frame.html' })),
  'borrows natives of a frame without credentials': () => borrow(framed({ credentialless: true, src: '/never' }).contentWindow),
  'borrows natives of a frame that is far away and waits': () => {
    borrow(framed({ loading: 'lazy', style: 'position: absolute; top: 100000px', src: '/pages/frame.html' }).contentWindow);
  },
  'borrows natives in a callback of what is put in beside a frame': () => {
    customElements.define('is-put-in', class extends HTMLElement { connectedCallback() { borrow(this.nextSibling.contentWindow ?? window); } });
    const both = document.createElement('div');
    both.innerHTML = '<is-put-in></is-put-in><iframe src="/never"></iframe>';
    document.documentElement.append(both);
    borrow(both.lastChild.contentWindow);
  },
  'borrows natives of a frame put in by markup': () => {
    document.documentElement.append(document.createElement('body'));
    document.body.insertAdjacentHTML('beforeend', '<iframe src="/never" id="lender"></iframe>');
    borrow(document.getElementById('lender').contentWindow);
  },
  'prepares the window of a frame, whose document is the one that is used': () => {
    const frame = loading('/pages/frame.html');
    const { contentWindow: other } = frame;
    for (const name of ['MouseEvent', 'DragEvent', 'SubmitEvent', 'FormDataEvent', 'CustomEvent', 'Event']) {
      other[name] = new Proxy(other[name], { construct: (native, args, target) => (args.forEach(keep), Reflect.construct(native, args, target)) });
    }
    for (const name of ['addEventListener', 'dispatchEvent']) spy(other.EventTarget.prototype, name);
    frame.onload = () => borrow(other);
  },
});
