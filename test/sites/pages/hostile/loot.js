// What the tricks of a hostile page share. Whatever a trick gets hold of that could hold a file goes into `loot`, what tells of the extension into `hints`.
window.loot = [];
window.hints = [];
window.tricks = {};

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

/** The page's own text without the scripts and frames that are there already, for those who write it anew. */
const pageWithoutTricks = () => document.documentElement.outerHTML.replace(/<script src[^]*?<\/script>/g, '').replace(/<iframe[^]*?<\/iframe>/g, '');

Object.assign(window, { spy, listenEverywhere, pageWithoutTricks });
