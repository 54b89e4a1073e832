// Tricks that change what the language and the browser have built in.
const OPTIONS = ['bubbles', 'cancelable', 'composed', 'detail', 'view', 'files', 'formData', 'dataTransfer', 'relatedTarget', 'submitter'];

Object.assign(tricks, {
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
  'takes natives of its own file system': () => {
    window.prepare = () =>
      webkitRequestFileSystem(0, 1024, ({ root }) =>
        root.getFile('own', { create: true }, (entry) => {
          const { file } = Object.getPrototypeOf(entry);
          window.natives = { file: (other, ...callbacks) => file.call(other, ...callbacks), add: EventTarget.prototype.addEventListener, click: HTMLElement.prototype.click };
        }),
      );
  },
  'takes over the well-known symbols': () => {
    for (const [owner, symbol] of [
      [Object.prototype, Symbol.toPrimitive],
      [Object.prototype, Symbol.toStringTag],
      [Object.prototype, Symbol.isConcatSpreadable],
      [Function.prototype, Symbol.species],
      [Array, Symbol.species],
      [Promise, Symbol.species],
    ]) {
      Object.defineProperty(owner, symbol, { configurable: true, get() { keep(this); } });
    }
    for (const Class of [Blob, File, FileList, DataTransfer, Event, HTMLInputElement, FormData]) {
      Object.defineProperty(Class, Symbol.hasInstance, { configurable: true, value: (thing) => (keep(thing), Class.prototype.isPrototypeOf(thing)) });
    }
    for (const Class of [FileList, FormData, DataTransferItemList]) {
      const iterate = Class.prototype[Symbol.iterator];
      Class.prototype[Symbol.iterator] = function () {
        keep(this);
        return iterate.call(this);
      };
    }
  },
  'takes over the constructors of events': () => {
    for (const name of ['Event', 'MouseEvent', 'DragEvent', 'InputEvent', 'ClipboardEvent', 'CustomEvent', 'SubmitEvent', 'FormDataEvent', 'MessageEvent', 'DataTransfer']) {
      const Native = window[name];
      window[name] = new Proxy(Native, {
        construct: (native, args, target) => {
          args.forEach(keep);
          const made = Reflect.construct(native, args, target);
          keep(made);
          return made;
        },
      });
      Native.prototype.constructor = window[name];
    }
  },
  'reads whatever an event, an input or a drag has, by getters of its own': () => {
    for (const [owner, names] of [
      [Event.prototype, ['target', 'currentTarget', 'type', 'isTrusted', 'composedPath', 'stopImmediatePropagation', 'preventDefault']],
      [DragEvent.prototype, ['dataTransfer']],
      [DataTransfer.prototype, ['files', 'items', 'types']],
      [HTMLInputElement.prototype, ['files', 'value', 'type', 'form', 'webkitEntries', 'labels', 'multiple']],
      [Node.prototype, ['isConnected', 'ownerDocument', 'parentNode', 'getRootNode']],
      [Blob.prototype, ['size', 'type']],
      [File.prototype, ['name', 'lastModified']],
    ]) {
      for (const name of names) {
        const descriptor = Object.getOwnPropertyDescriptor(owner, name);
        if (!descriptor?.configurable) continue;
        const { get, value } = descriptor;
        const read = function (...args) {
          keep(this);
          const result = Reflect.apply(get ?? value, this, args);
          keep(result);
          return result;
        };
        Object.defineProperty(owner, name, { ...descriptor, ...(get ? { get: read } : { value: read }) });
      }
    }
  },
  'takes handles by a copy, a channel and a store': () => {
    const getFile = async (handle) => {
      const { port1, port2 } = new MessageChannel();
      const arrived = new Promise((done) => (port2.onmessage = ({ data }) => done(data)));
      port1.postMessage(handle);
      const opening = indexedDB.open('handles', 1);
      const database = await new Promise((done) => {
        opening.onupgradeneeded = () => opening.result.createObjectStore('handles');
        opening.onsuccess = () => done(opening.result);
      });
      const stored = await new Promise((done) => {
        const store = database.transaction('handles', 'readwrite').objectStore('handles');
        store.put(handle, 'it');
        const reading = store.get('it');
        reading.onsuccess = () => done(reading.result);
      });
      for (const each of [structuredClone(handle), await arrived, stored]) keep(await each.getFile());
      const folder = await navigator.storage.getDirectory();
      for await (const each of folder.values()) if (each.isSameEntry(handle)) keep(await each.getFile());
      return handle.getFile();
    };
    window.natives = { add: EventTarget.prototype.addEventListener, click: HTMLElement.prototype.click, getFile };
  },
  'reads handles in a worker': () => {
    const source = 'onmessage = async ({ data }) => postMessage(await data.getFile())';
    const worker = new Worker(URL.createObjectURL(new Blob([source])));
    const getFile = (handle) =>
      new Promise((done) => {
        worker.onmessage = ({ data }) => done(data);
        worker.postMessage(handle);
      });
    window.natives = { add: EventTarget.prototype.addEventListener, click: HTMLElement.prototype.click, getFile };
  },
});
