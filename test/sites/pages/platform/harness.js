// Checks of what the platform's specifications say, for functions that the extension has to do with. Each is a name and a function that throws, or rejects, where
// the browser does otherwise. `runChecks()` gives what came of each, by name.
const checks = [];

function group(title, all) {
  for (const [name, run] of Object.entries(all)) checks.push([`${title}: ${name}`, run]);
}

const textOf = (value) => {
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? JSON.stringify(value) : String(value);
  return Array.isArray(value) ? `[${value.map(textOf).join(', ')}]` : Object.prototype.toString.call(value);
};

function equal(actual, expected, what = '') {
  const isSame = Array.isArray(expected) ? textOf(actual) === textOf(expected) : Object.is(actual, expected);
  if (!isSame) throw new Error(`${what} ${textOf(actual)} instead of ${textOf(expected)}`);
}

function throws(name, run) {
  try {
    run();
  } catch (error) {
    return equal(error.name, name);
  }
  throw new Error(`no ${name}`);
}

async function rejects(name, promise) {
  equal(promise instanceof Promise, true, 'a promise:');
  try {
    await promise;
  } catch (error) {
    return equal(error.name, name);
  }
  throw new Error(`no ${name}`);
}

const settled = (milliseconds = 0) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const heard = (target, type, milliseconds = 3000) =>
  new Promise((resolve, reject) => {
    target.addEventListener(type, resolve, { once: true });
    setTimeout(() => reject(new Error(`no ${type}`)), milliseconds);
  });
const make = (html) => {
  const template = document.createElement('template');
  template.innerHTML = html;
  const node = document.importNode(template.content, true).firstElementChild;
  node.remove();
  return node;
};
/** In the document while `run` runs. */
async function placed(html, run) {
  const node = make(html);
  document.body.append(node);
  try {
    return await run(node);
  } finally {
    node.remove();
  }
}
async function framed(run, src) {
  return placed(`<iframe${src ? ` src="${src}"` : ''}></iframe>`, async (frame) => {
    if (src) await heard(frame, 'load');
    return run(frame.contentWindow, frame);
  });
}
const fileOf = (name = 'a.txt', text = 'hello') => new File([text], name, { type: 'text/plain', lastModified: 1_000_000 });
const transferOf = (...files) => {
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  return transfer;
};

async function runChecks() {
  const outcomes = {};
  for (const [name, run] of checks) {
    try {
      await run();
      outcomes[name] = 'passed';
    } catch (error) {
      outcomes[name] = String(error?.message ?? error);
    }
  }
  return outcomes;
}
Object.assign(window, { group, equal, throws, rejects, settled, heard, make, placed, framed, fileOf, transferOf, runChecks });
