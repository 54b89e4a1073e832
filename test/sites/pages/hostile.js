// Tricks of a page that wants the original or wants to know of the extension. `?trick=…` chooses one; it runs before all else in the
// page. Whatever a trick gets hold of that could hold a file goes into `loot`.
window.loot = [];
window.hints = [];

const keep = (() => {
  const NativeBlob = Blob;
  const NativeNode = Node;
  const natives = [FileList, DataTransfer, FormData, Event, Promise, Array];
  const { push } = Array.prototype;
  const { get: filesOfInput } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'files');
  const { get: filesOfTransfer } = Object.getOwnPropertyDescriptor(DataTransfer.prototype, 'files');
  const { forEach } = FormData.prototype;
  const { then } = Promise.prototype;
  const { apply, ownKeys } = Reflect;
  let depth = 0;
  const keep = (thing) => {
    if (thing === null || typeof thing !== 'object' || thing === window || depth > 3) return;
    depth += 1;
    try {
      if (thing instanceof NativeBlob) apply(push, window.loot, [thing]);
      else if (thing instanceof HTMLInputElement) keep(apply(filesOfInput, thing, []));
      else if (thing instanceof NativeNode) return;
      else if (thing instanceof natives[1]) keep(apply(filesOfTransfer, thing, []));
      else if (thing instanceof natives[2]) apply(forEach, thing, [(value) => keep(value)]);
      else if (thing instanceof natives[4]) apply(then, thing, [keep, () => {}]);
      else {
        const keys = thing instanceof natives[0] || thing instanceof natives[5] ? Array.from({ length: thing.length }, (_, index) => index) : ownKeys(thing);
        for (let index = 0; index < keys.length; index += 1) keep(thing[keys[index]]);
        if (thing instanceof natives[3]) for (const name of ['dataTransfer', 'formData', 'target', 'submitter']) if (name in thing) keep(thing[name]);
      }
    } catch {
      // next time
    } finally {
      depth -= 1;
    }
  };
  return keep;
})();

/** Replaces a method by one that keeps what it is called on, with and what comes of it. */
function spy(owner, name) {
  const native = owner?.[name];
  if (typeof native !== 'function') return;
  const { apply } = Reflect;
  let busy = false;
  const spying = function (...args) {
    const result = new.target ? Reflect.construct(native, args, new.target) : apply(native, this, args);
    if (!busy) {
      busy = true;
      keep(this);
      args.forEach(keep);
      keep(result);
      busy = false;
    }
    return result;
  };
  spying.prototype = native.prototype;
  Object.defineProperty(owner, name, { value: spying, writable: true, configurable: true });
}

function listenEverywhere(add = EventTarget.prototype.addEventListener) {
  for (const target of [window, document, document.documentElement]) {
    for (const type of ['input', 'change', 'beforeinput', 'drop', 'dragenter', 'dragover', 'paste', 'formdata', 'submit', 'cancel', 'click']) {
      add.call(target, type, (event) => (keep(event), keep(event.composedPath()[0]), keep(event.dataTransfer), keep(event.clipboardData)), true);
    }
  }
}

/** Notes what call sites say of the extension; what is returned does so with a text. */
function readStacks() {
  const look = (text) => /-extension:|iife/.test(text) && window.hints.push(text);
  Error.stackTraceLimit = Infinity;
  Error.prepareStackTrace = (error, sites) => {
    for (const site of sites) {
      for (const name of ['getFileName', 'getScriptNameOrSourceURL', 'getEvalOrigin', 'getScriptHash', 'toString']) look(String(site[name]?.()));
      const isBrowsers = site.getLineNumber() === null && !site.isPromiseAll();
      if (isBrowsers && (site.getThis?.() || site.getFunction?.())) window.hints.push(`got hold of ${site.getFunctionName()}`);
    }
    return String(error) + sites.join('\n');
  };
  return look;
}

const OPTIONS = ['bubbles', 'cancelable', 'composed', 'detail', 'view', 'files', 'formData', 'dataTransfer', 'relatedTarget', 'submitter'];
const fresh = () => {
  const frame = document.createElement('iframe');
  document.documentElement.append(frame);
  return frame.contentWindow;
};

const tricks = {
  'listens everywhere, first': () => listenEverywhere(),
  'freezes every prototype': () => {
    for (const name of Object.getOwnPropertyNames(window)) {
      const prototype = typeof window[name] === 'function' && window[name].prototype;
      if (prototype) Object.freeze(prototype);
    }
    Object.freeze(EventTarget.prototype);
    listenEverywhere();
  },
  'wraps every method that files go through': () => {
    for (const [owner, names] of [
      [EventTarget.prototype, ['addEventListener', 'dispatchEvent']],
      [HTMLElement.prototype, ['click']],
      [HTMLInputElement.prototype, ['showPicker']],
      [FormData.prototype, ['append', 'get', 'getAll', 'set', 'forEach']],
      [Blob.prototype, ['slice', 'arrayBuffer', 'text', 'stream']],
      [FileReader.prototype, ['readAsArrayBuffer', 'readAsDataURL']],
      [DataTransferItem.prototype, ['getAsFile', 'webkitGetAsEntry', 'getAsFileSystemHandle']],
      [DataTransferItemList.prototype, ['add']],
      [window, ['File', 'Blob', 'FormData', 'DataTransfer', 'Response', 'structuredClone', 'createImageBitmap', 'postMessage']],
      [MessagePort.prototype, ['postMessage']],
      [URL, ['createObjectURL']],
    ])
      for (const name of names) spy(owner, name);
  },
  'puts getters on Object.prototype': () => {
    for (const name of [...OPTIONS, 'then', 'value', 'get', 'set', 'note', 'id', 'toJSON', 'type', 'endings', 'lastModified']) {
      const stored = new WeakMap();
      Object.defineProperty(Object.prototype, name, {
        configurable: true,
        get() {
          keep(this);
          return stored.get(this);
        },
        set(value) {
          keep(value);
          Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true });
        },
      });
    }
  },
  'takes over Promise': () => {
    const { then } = Promise.prototype;
    Promise.prototype.then = function (onOk, onError) {
      keep(this);
      return then.call(this, onOk && ((value) => (keep(value), onOk(value))), onError);
    };
    const { constructor } = Promise.prototype;
    Object.defineProperty(Promise.prototype, 'constructor', {
      configurable: true,
      get() {
        keep(this);
        return constructor;
      },
    });
    for (const prototype of [Blob.prototype, Object.prototype]) {
      Object.defineProperty(prototype, 'then', { configurable: true, get() { keep(this); } });
    }
  },
  'takes over arrays': () => {
    const iterate = Array.prototype[Symbol.iterator];
    Array.prototype[Symbol.iterator] = function () {
      keep(this);
      return iterate.call(this);
    };
    for (const name of ['push', 'map', 'filter', 'slice', 'concat', 'forEach']) spy(Array.prototype, name);
    for (const index of [0, 1, 2]) {
      Object.defineProperty(Array.prototype, index, {
        configurable: true,
        set(value) {
          keep(value);
          Object.defineProperty(this, index, { value, writable: true, configurable: true, enumerable: true });
        },
      });
    }
  },
  'takes over call, apply and Reflect': () => {
    const { apply } = Reflect;
    for (const [owner, name] of [[Function.prototype, 'call'], [Function.prototype, 'apply'], [Reflect, 'apply'], [Reflect, 'construct']]) {
      const native = owner[name];
      let busy = false;
      owner[name] = function (...args) {
        if (!busy) {
          busy = true;
          for (const arg of args) keep(arg);
          busy = false;
        }
        return apply(native, this, args);
      };
    }
    WeakMap.prototype.get = WeakMap.prototype.set = function (key) {
      keep(key);
    };
    Object.defineProperty = new Proxy(Object.defineProperty, { apply: (native, self, args) => (keep(args[0]), apply(native, self, args)) });
  },
  'reads the input and its form all the time': () => {
    const look = () => {
      for (const input of document.querySelectorAll('input')) keep(input);
      for (const form of document.forms) keep(new FormData(form));
    };
    listenEverywhere();
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
    setInterval(look);
    (function spin() {
      look();
      requestAnimationFrame(spin);
      queueMicrotask(look);
    })();
  },
  'sends the form while the file is held': () => {
    setInterval(() => {
      const form = document.querySelector('form');
      if (!form) return;
      keep(new FormData(form));
      fetch('/api/uploads', { method: 'POST', body: new FormData(form) });
    }, 50);
  },
  'opens its document anew, then listens first': () => {
    window.addEventListener('load', () => {
      const html = document.documentElement.outerHTML.replace(/<script src[^]*?<\/script>/, '');
      document.open();
      listenEverywhere();
      document.write(html);
      document.close();
    });
  },
  'writes over its document, and listens while it does': () => {
    window.listenEverywhere = listenEverywhere;
    window.addEventListener('load', () => {
      const html = document.documentElement.outerHTML.replace(/<script src[^]*?<\/script>/, '<script>listenEverywhere()</script>');
      document.write(html);
      document.close();
    });
  },
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
    const frame = Object.assign(document.createElement('iframe'), { src: '/pages/frame.html' });
    document.documentElement.append(frame);
    const { EventTarget: Other, HTMLElement: Element, FileSystemFileHandle: Handle } = frame.contentWindow;
    const { getFile } = Handle.prototype;
    window.natives = { add: Other.prototype.addEventListener, click: Element.prototype.click, getFile: (handle) => getFile.call(handle) };
    listenEverywhere(Other.prototype.addEventListener);
  },
  'borrows natives of a popup': () => {
    window.prepare = () => {
      const other = window.open('', '', 'popup');
      window.natives = { add: other.EventTarget.prototype.addEventListener, click: other.HTMLElement.prototype.click };
      other.close();
    };
  },
  'opens its document with a fresh frame\'s native': () => {
    const { Document: Other } = fresh();
    const { open, write } = Other.prototype;
    window.addEventListener('load', () => {
      const html = document.documentElement.outerHTML.replace(/<script src[^]*?<\/script>/, '');
      open.call(document);
      listenEverywhere();
      write.call(document, html);
      document.close();
    });
  },
  'changes the input while it is held': () => {
    window.addEventListener('click', (event) => {
      const input = event.target.closest?.('input');
      if (!input) return;
      Object.defineProperty(input, 'files', { get: () => null, set: keep });
      Object.defineProperty(input, 'value', { get: () => '', set: () => {} });
      Object.defineProperty(input, 'type', { get: () => 'text' });
      Object.defineProperty(input, 'localName', { get: () => 'p' });
    }, true);
  },
  'feigns the user': () => {
    // events of its own making on everything, as soon as there is a notice
    setInterval(() => {
      for (const element of document.querySelectorAll('[popover]')) {
        for (const type of ['click', 'pointerdown', 'mousedown']) element.dispatchEvent(new MouseEvent(type, { bubbles: true, composed: true }));
        element.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, composed: true }));
        keep(element.shadowRoot);
        element.querySelector?.('button')?.click();
        document.elementFromPoint(innerWidth - 120, innerHeight - 40)?.click?.();
      }
    }, 20);
  },
  'looks for a line between the worlds': () => {
    const { dispatchEvent, addEventListener } = EventTarget.prototype;
    for (const name of ['nullswap:meeting', 'reply', 'cloak', 'replay', 'paths', 'open', 'listened', 'message']) {
      addEventListener.call(window, name, (event) => event.isTrusted || window.hints.push(`heard ${name}`), true);
      addEventListener.call(document, name, (event) => event.isTrusted || window.hints.push(`heard ${name}`), true);
      if (!dispatchEvent.call(window, new MouseEvent(name, { cancelable: true, relatedTarget: document.documentElement }))) window.hints.push(`answered ${name}`);
    }
    window.hints = window.hints.filter((hint) => !hint.startsWith('heard'));
    spy(Document.prototype, 'createElement');
    spy(window, 'MessageChannel');
    spy(window, 'BroadcastChannel');
  },
  'reads stack traces': () => {
    const look = readStacks();
    const trace = () => look(new Error('here').stack);
    const attempt = (run) => {
      try {
        const result = run();
        if (result instanceof Promise) result.catch((error) => look(error.stack));
      } catch (error) {
        look(error.stack);
      }
    };
    const watched = (object, ...names) => {
      for (const name of names) Object.defineProperty(object, name, { configurable: true, get: () => void trace() });
      return object;
    };
    // wherever code of the page can run while a hooked function is at work
    const text = (value) => ({ toString: () => (trace(), value) });
    const element = document.createElement('p');
    element.addEventListener('click', trace);
    element.addEventListener('click', function listener() {
      try {
        look(String(listener.caller));
      } catch {
        // strict
      }
    });
    element.click();
    element.dispatchEvent(new MouseEvent('click'));
    element.addEventListener(text('input'), () => {}, watched({}, 'capture', 'once', 'passive', 'signal'));
    element.attachShadow(watched({ mode: 'closed' }, 'delegatesFocus', 'slotAssignment'));
    fetch(text('/'), watched({ method: 'POST' }, 'headers', 'mode', 'signal', 'body')).catch(() => {});
    navigator.sendBeacon(text('/api/nothing'), text('x'));
    const request = new XMLHttpRequest();
    for (const type of ['readystatechange', 'loadstart', 'abort', 'loadend']) request.addEventListener(type, trace);
    request.open(text('POST'), text('/api/nothing'));
    request.send(text('x'));
    request.abort();
    customElements.define('is-taken-out', class extends HTMLElement { disconnectedCallback() { trace(); } });
    const other = document.implementation.createHTMLDocument();
    other.body.append(document.createElement('is-taken-out'));
    other.write(text('<p>'));
    for (const [owner, name] of [[HTMLElement, 'click'], [HTMLInputElement, 'showPicker'], [EventTarget, 'dispatchEvent'], [EventTarget, 'addEventListener'], [Element, 'attachShadow'], [Document, 'open'], [Document, 'write'], [DataTransferItem, 'webkitGetAsEntry'], [FileSystemFileHandle, 'getFile'], [Clipboard, 'read'], [XMLHttpRequest, 'open'], [XMLHttpRequest, 'send'], [XMLHttpRequest, 'abort'], [Navigator, 'sendBeacon'], [Function, 'toString']]) {
      for (const args of [[], [1], [watched({}, 'type', 'body')]]) for (const self of [undefined, 1, {}, watched({}, 'kind', 'name')]) attempt(() => Reflect.apply(owner.prototype[name], self, args));
    }
    attempt(() => new fetch());
    attempt(() => fetch());
    attempt(() => new XMLHttpRequest().send());
    for (const { prototype } of [Object, Blob, FormData]) watched(prototype, 'then');
    const { then } = Promise.prototype;
    const tracing = function (...callbacks) {
      trace();
      return then.apply(this, callbacks);
    };
    Object.defineProperty(Promise.prototype, 'then', { value: tracing });
    for (const type of ['input', 'change', 'drop', 'dragleave']) for (const target of [window, document]) target.addEventListener(type, trace, true);
    setInterval(trace, 100);
  },
  'calls at the end of the stack': () => {
    // at each depth once more: at one of them there is room for the browser's function, but none for anything before it
    const { addEventListener: add } = EventTarget.prototype;
    const { click } = HTMLElement.prototype;
    const { getFile } = FileSystemFileHandle.prototype;
    const look = readStacks();
    Error.stackTraceLimit = 5;
    const deep = (run) => {
      let tries = 0;
      const errors = [];
      (function dive() {
        try {
          dive();
        } catch {
          // the end
        }
        if ((tries += 1) > 1000) return;
        try {
          run(tries);
        } catch (error) {
          errors.push(error);
        }
      })();
      for (const error of errors) look(error.stack);
    };
    window.natives = {
      add: {
        call(input, type, ...rest) {
          deep(() => add.call(input, type, (event) => event.isTrusted && (keep(input.files), window.hints.push('a trusted event'))));
          add.call(input, type, ...rest);
        },
      },
      click,
      getFile: (handle) => {
        deep((tries) => tries % 20 === 0 && keep(getFile.call(handle)));
        return getFile.call(handle);
      },
    };
  },
  'talks to the extension': () => {
    if (window.chrome?.runtime?.sendMessage) window.hints.push('chrome.runtime is there');
    for (const message of [{ to: 'engine', type: 'detect' }, { to: 'background', type: 'ensureEngine' }]) window.postMessage(message, '*');
    window.addEventListener('message', (event) => event.data?.ok !== undefined && window.hints.push('answered'));
  },
};

tricks[new URLSearchParams(location.search).get('trick')]?.();
window.trickNames = Object.keys(tricks);
