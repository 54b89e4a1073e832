// DOM Standard: events and their listeners.
group('listeners', {
  'are called in the order in which they were added': () => {
    const target = new EventTarget();
    const order = [];
    for (const name of ['a', 'b', 'c']) target.addEventListener('x', () => order.push(name));
    target.dispatchEvent(new Event('x'));
    equal(order, ['a', 'b', 'c']);
  },
  'are added once, however often': () => {
    const target = new EventTarget();
    let calls = 0;
    const listener = () => (calls += 1);
    for (let i = 0; i < 3; i += 1) target.addEventListener('x', listener, { passive: i === 1 });
    target.dispatchEvent(new Event('x'));
    equal(calls, 1);
  },
  'are others where one captures': () => {
    const target = new EventTarget();
    let calls = 0;
    const listener = () => (calls += 1);
    target.addEventListener('x', listener, true);
    target.addEventListener('x', listener, false);
    target.dispatchEvent(new Event('x'));
    equal(calls, 2);
  },
  'may be objects, whose method is looked up at each call': () => {
    const target = new EventTarget();
    const seen = [];
    const listener = { handleEvent() { seen.push(this === listener); } };
    target.addEventListener('x', listener);
    target.dispatchEvent(new Event('x'));
    listener.handleEvent = () => seen.push('other');
    target.dispatchEvent(new Event('x'));
    equal(seen, [true, 'other']);
  },
  'get the target for this': () => {
    const target = document.createElement('p');
    let isTarget;
    target.addEventListener('click', function () { isTarget = this === target; });
    target.click();
    equal(isTarget, true);
  },
  'that are null are passed over': () => {
    const target = new EventTarget();
    equal(target.addEventListener('x', null), undefined);
    equal(target.addEventListener('x', undefined), undefined);
    equal(target.dispatchEvent(new Event('x')), true);
  },
  'that are neither are refused': () => {
    for (const wrong of [1, 'x', true, Symbol('x')]) throws('TypeError', () => new EventTarget().addEventListener('x', wrong));
  },
  'need two arguments': () => {
    throws('TypeError', () => new EventTarget().addEventListener());
    throws('TypeError', () => new EventTarget().addEventListener('x'));
  },
  'need a target': () => {
    const { addEventListener } = EventTarget.prototype;
    for (const wrong of [{}, 1, Object.create(EventTarget.prototype)]) throws('TypeError', () => addEventListener.call(wrong, 'x', () => {}));
  },
  'are added to the window where nothing is before the dot': () => {
    const { addEventListener, dispatchEvent, removeEventListener } = EventTarget.prototype;
    let calls = 0;
    const listener = () => (calls += 1);
    addEventListener.call(undefined, 'check-x', listener);
    addEventListener.call(null, 'check-x', listener);
    dispatchEvent.call(undefined, new Event('check-x'));
    removeEventListener.call(null, 'check-x', listener);
    window.dispatchEvent(new Event('check-x'));
    equal(calls, 1);
  },
  'have their type turned into a text, once': () => {
    const target = new EventTarget();
    let turned = 0;
    let calls = 0;
    target.addEventListener({ toString: () => ((turned += 1), 'x') }, () => (calls += 1));
    target.addEventListener(null, () => (calls += 1));
    target.dispatchEvent(new Event('x'));
    target.dispatchEvent(new Event('null'));
    equal([turned, calls], [1, 2]);
  },
  'have what their type throws go on': () => {
    throws('RangeError', () => new EventTarget().addEventListener({ toString: () => { throw new RangeError(); } }, () => {}));
    throws('TypeError', () => new EventTarget().addEventListener(Symbol('x'), () => {}));
  },
  'have their options read in this order': () => {
    const read = [];
    const options = {};
    for (const name of ['capture', 'once', 'passive', 'signal']) Object.defineProperty(options, name, { get: () => void read.push(name) });
    new EventTarget().addEventListener('x', () => {}, options);
    equal(read, ['capture', 'once', 'passive', 'signal']);
  },
  'have what their options throw go on': () => {
    throws('RangeError', () => new EventTarget().addEventListener('x', () => {}, { get capture() { throw new RangeError(); } }));
    throws('TypeError', () => new EventTarget().addEventListener('x', () => {}, { signal: null }));
    throws('TypeError', () => new EventTarget().addEventListener('x', () => {}, { signal: {} }));
  },
  'with once are called once': () => {
    const target = new EventTarget();
    let calls = 0;
    target.addEventListener('x', () => ((calls += 1), target.dispatchEvent(new Event('x'))), { once: true });
    target.dispatchEvent(new Event('x'));
    target.dispatchEvent(new Event('x'));
    equal(calls, 1);
  },
  'with passive cannot prevent': () => {
    const target = new EventTarget();
    const seen = [];
    target.addEventListener('x', (event) => (event.preventDefault(), seen.push(event.defaultPrevented)), { passive: true });
    equal(target.dispatchEvent(new Event('x', { cancelable: true })), true);
    equal(seen, [false]);
  },
  'with a signal go when it is aborted': () => {
    const target = new EventTarget();
    const controller = new AbortController();
    let calls = 0;
    target.addEventListener('x', () => (calls += 1), { signal: controller.signal });
    target.dispatchEvent(new Event('x'));
    controller.abort();
    target.dispatchEvent(new Event('x'));
    target.addEventListener('x', () => (calls += 1), { signal: controller.signal });
    target.dispatchEvent(new Event('x'));
    equal(calls, 1);
  },
  'go by what they were added with': () => {
    const target = new EventTarget();
    let calls = 0;
    const listener = () => (calls += 1);
    target.addEventListener('x', listener, { capture: true, once: false });
    target.removeEventListener('x', listener);
    target.dispatchEvent(new Event('x'));
    target.removeEventListener('x', listener, true);
    target.dispatchEvent(new Event('x'));
    equal(calls, 1);
  },
  'taken away meanwhile are not called': () => {
    const target = new EventTarget();
    let calls = 0;
    const second = () => (calls += 1);
    target.addEventListener('x', () => target.removeEventListener('x', second));
    target.addEventListener('x', second);
    target.dispatchEvent(new Event('x'));
    equal(calls, 0);
  },
  'added meanwhile wait for the next': () => {
    const target = new EventTarget();
    let calls = 0;
    target.addEventListener('x', () => target.addEventListener('x', () => (calls += 1)), { once: true });
    target.dispatchEvent(new Event('x'));
    equal(calls, 0);
    target.dispatchEvent(new Event('x'));
    equal(calls, 1);
  },
  'that throw keep nobody from the event': async () => {
    const target = new EventTarget();
    let calls = 0;
    target.addEventListener('x', () => { throw new Error('meant'); });
    target.addEventListener('x', () => (calls += 1));
    const told = heard(window, 'error');
    window.addEventListener('error', (error) => error.preventDefault(), { once: true });
    target.dispatchEvent(new Event('x'));
    equal((await told).error.message, 'meant');
    equal(calls, 1);
  },
  'stopped at once, the rest is not called': () => {
    const target = new EventTarget();
    let calls = 0;
    target.addEventListener('x', (event) => event.stopImmediatePropagation());
    target.addEventListener('x', () => (calls += 1));
    target.dispatchEvent(new Event('x'));
    equal(calls, 0);
  },
  'of an attribute keep its place in the order': () => {
    const target = document.createElement('p');
    const order = [];
    target.addEventListener('click', () => order.push('first'));
    target.onclick = () => order.push('attribute');
    target.addEventListener('click', () => order.push('last'));
    target.onclick = () => order.push('changed');
    target.click();
    equal(order, ['first', 'changed', 'last']);
  },
});

group('events', {
  'go down and up again': () => {
    const root = make('<div><p><b></b></p></div>');
    const order = [];
    for (const node of [root, root.firstChild, root.firstChild.firstChild]) {
      for (const capture of [true, false]) node.addEventListener('x', (event) => order.push(`${node.localName}${event.eventPhase}`), capture);
    }
    root.querySelector('b').dispatchEvent(new Event('x', { bubbles: true }));
    equal(order, ['div1', 'p1', 'b2', 'b2', 'p3', 'div3']);
  },
  'that do not bubble are captured all the same': () => {
    const root = make('<div><p></p></div>');
    const order = [];
    root.addEventListener('x', () => order.push('down'), true);
    root.addEventListener('x', () => order.push('up'));
    root.firstChild.dispatchEvent(new Event('x'));
    equal(order, ['down']);
  },
  'cannot be sent twice at once': () => {
    const target = new EventTarget();
    const sent = new Event('x');
    let name;
    target.addEventListener('x', () => {
      try {
        target.dispatchEvent(sent);
      } catch (error) {
        name = error.name;
      }
    });
    target.dispatchEvent(sent);
    equal(name, 'InvalidStateError');
    equal(target.dispatchEvent(sent), true);
  },
  'that were not begun cannot be sent': () => throws('InvalidStateError', () => document.dispatchEvent(document.createEvent('Event'))),
  'must be events': () => {
    throws('TypeError', () => document.dispatchEvent({}));
    throws('TypeError', () => document.dispatchEvent(null));
    throws('TypeError', () => document.dispatchEvent());
  },
  'say whether they were prevented': () => {
    const target = new EventTarget();
    target.addEventListener('x', (event) => event.preventDefault());
    equal(target.dispatchEvent(new Event('x', { cancelable: true })), false);
    equal(target.dispatchEvent(new Event('x')), true);
  },
  'know their path while they go': () => {
    const root = make('<div><p></p></div>');
    let path;
    root.addEventListener('x', (event) => (path = event.composedPath()));
    const sent = new Event('x', { bubbles: true });
    root.firstChild.dispatchEvent(sent);
    equal(path.map(({ localName }) => localName), ['p', 'div']);
    equal(sent.composedPath(), []);
  },
  'in a shadow tree have the host for a target outside': () => {
    const host = make('<div></div>');
    const inner = host.attachShadow({ mode: 'open' }).appendChild(make('<p></p>'));
    const seen = [];
    host.addEventListener('x', (event) => seen.push(event.target === host, event.composedPath()[0] === inner));
    inner.dispatchEvent(new Event('x', { bubbles: true, composed: true }));
    equal(seen, [true, true]);
  },
  'in a closed shadow tree show nothing of it': () => {
    const host = make('<div></div>');
    const inner = host.attachShadow({ mode: 'closed' }).appendChild(make('<p></p>'));
    let path;
    host.addEventListener('x', (event) => (path = event.composedPath()));
    inner.dispatchEvent(new Event('x', { bubbles: true, composed: true }));
    equal(path[0], host);
  },
  'that are not composed stay in it': () => {
    const host = make('<div></div>');
    const inner = host.attachShadow({ mode: 'open' }).appendChild(make('<p></p>'));
    let calls = 0;
    host.addEventListener('x', () => (calls += 1));
    inner.dispatchEvent(new Event('x', { bubbles: true }));
    equal(calls, 0);
  },
  'are the window’s while they go': () => {
    const target = document.createElement('p');
    let current;
    const sent = new Event('x');
    target.addEventListener('x', () => (current = window.event));
    target.dispatchEvent(sent);
    equal([current === sent, window.event], [true, undefined]);
  },
  'made by a script are not trusted': () => equal(new Event('x').isTrusted, false),
  'made of click() are not trusted, and leave shadow trees': () => {
    const target = document.createElement('p');
    let sent;
    target.onclick = (event) => (sent = event);
    target.click();
    equal([sent.isTrusted, sent.type, sent.bubbles, sent.cancelable, sent.composed], [false, 'click', true, true, true]);
  },
  'of click() do not reach a disabled button': () => {
    const button = make('<button disabled></button>');
    let calls = 0;
    button.onclick = () => (calls += 1);
    button.click();
    equal(calls, 0);
  },
  'of click() tick a box, and untick it when prevented': () => {
    const box = make('<input type="checkbox">');
    box.click();
    equal(box.checked, true);
    box.addEventListener('click', (event) => event.preventDefault());
    box.click();
    equal(box.checked, true);
  },
  'of click() tell of a box in the document by input and change': () =>
    placed('<input type="checkbox">', (box) => {
      const order = [];
      for (const type of ['click', 'input', 'change']) box.addEventListener(type, () => order.push(type));
      box.click();
      equal(order, ['click', 'input', 'change']);
    }),
  'of click() in click() end': () => {
    const target = document.createElement('p');
    let calls = 0;
    target.onclick = () => ((calls += 1), target.click());
    target.click();
    equal(calls, 1);
  },
});
