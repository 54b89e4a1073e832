// Tricks that look for a trace of the extension, or speak to it.
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

Object.assign(tricks, {
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
  'measures what its own functions have become': () => {
    const look = readStacks();
    for (const [owner, name] of [[EventTarget, 'addEventListener'], [EventTarget, 'dispatchEvent'], [Element, 'attachShadow'], [HTMLElement, 'click'], [Document, 'open'], [XMLHttpRequest, 'send'], [FileSystemFileHandle, 'getFile'], [Clipboard, 'read']]) {
      const native = owner.prototype[name];
      const same = owner.prototype.cloneNode ?? EventTarget.prototype.removeEventListener;
      const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(owner.prototype, name);
      if (String(native) !== `function ${name}() { [native code] }`) window.hints.push(`the text of ${name}`);
      if (native.name !== name || 'prototype' in native || !(writable && enumerable && configurable)) window.hints.push(`the properties of ${name}`);
      if (Object.getOwnPropertyNames(native).join() !== Object.getOwnPropertyNames(same).join()) window.hints.push(`the names of what ${name} has`);
      if (Object.getPrototypeOf(native) !== Function.prototype) window.hints.push(`the prototype of ${name}`);
      for (const attempt of [() => new native(), () => native.call(null), () => class extends native {}, () => native.apply(1, [])]) {
        try {
          attempt();
        } catch (error) {
          look(error.stack);
        }
      }
    }
    for (const name of Object.getOwnPropertyNames(window)) if (/null.?swap|cloak/i.test(name)) window.hints.push(`window.${name}`);
  },
});
