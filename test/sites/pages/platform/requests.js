// Fetch Standard, XMLHttpRequest Standard, Beacon.
const ANSWERS = '/api/uploads';
const formWith = (file = fileOf()) => {
  const data = new FormData();
  data.append('file', file);
  return data;
};

group('fetch', {
  'sends a form': async () => equal((await (await fetch(ANSWERS, { method: 'POST', body: formWith() })).json()).map(({ name }) => name), ['a.txt']),
  'answers by a promise of the page’s own': async () => {
    const promise = fetch('/pages/frame.html');
    equal(promise.constructor, Promise);
    equal((await promise) instanceof Response, true);
  },
  'rejects what it cannot do': async () => {
    await rejects('TypeError', fetch());
    await rejects('TypeError', fetch('http://'));
    await rejects('TypeError', fetch('/', { method: 'GET', body: 'x' }));
    await rejects('TypeError', fetch('/', { headers: { 'a b': 'c' } }));
    await rejects('TypeError', fetch('/', { method: 'BAD METHOD' }));
    await rejects('TypeError', fetch(Symbol('x')));
    await rejects('TypeError', fetch('/', 1));
  },
  'can be aborted': async () => {
    const controller = new AbortController();
    const promise = fetch(ANSWERS, { method: 'POST', body: formWith(), signal: controller.signal });
    controller.abort();
    await rejects('AbortError', promise);
    await rejects('AbortError', fetch('/', { signal: AbortSignal.abort() }));
    const reason = await fetch('/', { signal: AbortSignal.abort('why') }).catch((error) => error);
    equal(reason, 'why');
  },
  'uses up a request': async () => {
    const request = new Request(ANSWERS, { method: 'POST', body: formWith() });
    equal(request.bodyUsed, false);
    const answering = fetch(request);
    equal(request.bodyUsed, true);
    equal((await answering).ok, true);
    await rejects('TypeError', fetch(request));
  },
  'leaves a request without a body': async () => {
    const request = new Request('/pages/frame.html');
    await fetch(request);
    await fetch(request);
    equal(request.bodyUsed, false);
  },
  'reads its options once': async () => {
    const read = [];
    const init = {};
    for (const [name, value] of [['method', 'POST'], ['credentials', 'omit'], ['headers', undefined]]) Object.defineProperty(init, name, { get: () => (read.push(name), value) });
    await fetch('/api/raw', Object.assign(init, { body: 'x' }));
    equal(read.sort(), ['credentials', 'headers', 'method']);
  },
  'takes options with a prototype': async () => {
    const response = await fetch('/api/raw', Object.create({ method: 'POST', body: fileOf() }));
    equal(response.ok, true);
  },
  'takes an address in any form': async () => {
    equal((await fetch(new URL('/pages/frame.html', location.href))).status, 200);
    equal((await fetch({ toString: () => '/pages/frame.html' })).status, 200);
  },
  'sends the type of a blob': async () => {
    const request = new Request('/', { method: 'POST', body: fileOf() });
    equal(request.headers.get('content-type'), 'text/plain');
    equal(new Request('/', { method: 'POST', body: formWith() }).headers.get('content-type').startsWith('multipart/form-data; boundary='), true);
  },
  'keeps the order of what is asked for': async () => {
    const order = [];
    await Promise.all(['a', 'b'].map(async (name) => (await fetch('/api/raw', { method: 'POST', body: name }), order.push(name))));
    equal(order.sort(), ['a', 'b']);
  },
});

group('XMLHttpRequest', {
  'goes through its states': async () => {
    const request = new XMLHttpRequest();
    const states = [];
    request.onreadystatechange = () => states.push(request.readyState);
    request.open('GET', '/pages/frame.html');
    request.send();
    await heard(request, 'loadend');
    equal(states.filter((state, index) => state !== states[index - 1]), [1, 2, 3, 4]);
    equal(request.status, 200);
  },
  'sends a form and tells of it': async () => {
    const request = new XMLHttpRequest();
    const order = [];
    for (const type of ['loadstart', 'load', 'loadend']) {
      request.addEventListener(type, () => order.push(type));
      request.upload.addEventListener(type, () => order.push(`upload ${type}`));
    }
    request.responseType = 'json';
    request.open('POST', ANSWERS);
    request.send(formWith());
    await heard(request, 'loadend');
    equal(order, ['loadstart', 'upload loadstart', 'upload load', 'upload loadend', 'load', 'loadend']);
    equal(request.response[0].name, 'a.txt');
  },
  'must be opened': () => {
    throws('InvalidStateError', () => new XMLHttpRequest().send());
    throws('InvalidStateError', () => new XMLHttpRequest().setRequestHeader('a', 'b'));
    throws('TypeError', () => new XMLHttpRequest().open());
    throws('SyntaxError', () => new XMLHttpRequest().open('GET', 'http://'));
    throws('SecurityError', () => new XMLHttpRequest().open('TRACE', '/'));
  },
  'cannot be sent twice': () => {
    const request = new XMLHttpRequest();
    request.open('GET', '/pages/frame.html');
    request.send();
    throws('InvalidStateError', () => request.send());
    request.abort();
  },
  'can be aborted': async () => {
    const request = new XMLHttpRequest();
    const order = [];
    for (const type of ['abort', 'loadend', 'error']) request.addEventListener(type, () => order.push(type));
    request.open('POST', ANSWERS);
    request.send(formWith());
    request.abort();
    equal(order, ['abort', 'loadend']);
    equal([request.readyState, request.status], [0, 0]);
  },
  'can be opened anew': async () => {
    const request = new XMLHttpRequest();
    request.open('POST', ANSWERS);
    request.send(formWith());
    request.open('GET', '/pages/frame.html');
    request.send();
    await heard(request, 'loadend');
    equal([request.status, request.responseURL.endsWith('/pages/frame.html')], [200, true]);
  },
  'blocks where it is told to': () => {
    const request = new XMLHttpRequest();
    request.open('GET', '/pages/frame.html', false);
    request.send();
    equal([request.readyState, request.status], [4, 200]);
    throws('InvalidAccessError', () => (request.timeout = 1, request.open('GET', '/', false)));
  },
  'sends nothing with GET': async () => {
    const request = new XMLHttpRequest();
    request.open('GET', '/pages/frame.html');
    request.send(formWith());
    await heard(request, 'loadend');
    equal(request.status, 200);
  },
  'fails with an event': async () => {
    const request = new XMLHttpRequest();
    request.open('GET', 'http://localhost:1/');
    request.send();
    await heard(request, 'error');
    equal([request.status, request.readyState], [0, 4]);
  },
  'runs out of time with an event': async () => {
    const request = new XMLHttpRequest();
    request.open('GET', '/never');
    request.timeout = 50;
    request.send();
    await heard(request, 'timeout');
    equal(request.status, 0);
  },
  'has methods for itself alone': () => {
    for (const name of ['open', 'send', 'abort', 'setRequestHeader']) throws('TypeError', () => XMLHttpRequest.prototype[name].call({}, 'GET', '/'));
  },
});

group('beacons', {
  'are taken': () => equal([navigator.sendBeacon('/api/raw', 'x'), navigator.sendBeacon('/api/raw', fileOf()), navigator.sendBeacon('/api/raw')], [true, true, true]),
  'are refused': () => {
    throws('TypeError', () => navigator.sendBeacon());
    throws('TypeError', () => navigator.sendBeacon('http://'));
    throws('TypeError', () => navigator.sendBeacon('data:,x'));
    throws('TypeError', () => navigator.sendBeacon('/', new ReadableStream()));
    throws('TypeError', () => Navigator.prototype.sendBeacon.call({}, '/'));
    equal(navigator.sendBeacon('/api/raw', new Uint8Array(70_000)), false);
  },
});
