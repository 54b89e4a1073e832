// HTML Standard: drag and drop. Clipboard API.
group('DataTransfer', {
  'begins empty': () => {
    const transfer = new DataTransfer();
    equal([transfer.files.length, transfer.items.length, transfer.types.length, transfer.dropEffect, transfer.effectAllowed], [0, 0, 0, 'none', 'none']);
  },
  'keeps texts by their type': () => {
    const transfer = new DataTransfer();
    transfer.setData('text', 'a');
    transfer.setData('URL', 'https://example.org/\r\n');
    transfer.setData('Text/HTML', '<p>');
    equal(transfer.types, ['text/plain', 'text/uri-list', 'text/html']);
    equal([transfer.getData('Text'), transfer.getData('text/html'), transfer.getData('x/y')], ['a', '<p>', '']);
  },
  'replaces a text of the same type': () => {
    const transfer = new DataTransfer();
    transfer.setData('text/plain', 'a');
    transfer.setData('text/plain', 'b');
    equal([transfer.items.length, transfer.getData('text')], [1, 'b']);
  },
  'takes texts away again': () => {
    const transfer = new DataTransfer();
    transfer.setData('text/plain', 'a');
    transfer.setData('text/html', 'b');
    transfer.clearData('text');
    equal([...transfer.types], ['text/html']);
    transfer.clearData();
    equal(transfer.types.length, 0);
  },
  'has a place for files in its types': () => {
    const transfer = transferOf(fileOf());
    equal([...transfer.types], ['Files']);
    equal([transfer.items[0].kind, transfer.items[0].type], ['file', 'text/plain']);
  },
  'keeps the very file': () => {
    const file = fileOf();
    const transfer = transferOf(file);
    equal(transfer.items[0].getAsFile().name, 'a.txt');
    equal(transfer.files[0].lastModified, file.lastModified);
  },
  'refuses a second text of a type': () => {
    const transfer = new DataTransfer();
    transfer.items.add('a', 'text/plain');
    throws('NotSupportedError', () => transfer.items.add('b', 'text/plain'));
  },
  'takes what it is given': () => {
    throws('TypeError', () => new DataTransfer().items.add({}));
    throws('TypeError', () => new DataTransfer().items.add());
    equal(new DataTransfer().items.add('x', 'a/b').kind, 'string');
  },
  'lets items be taken away': () => {
    const transfer = transferOf(fileOf('a'), fileOf('b'));
    transfer.items.remove(0);
    equal([transfer.files.length, transfer.files[0].name], [1, 'b']);
    transfer.items.clear();
    equal(transfer.items.length, 0);
  },
  'has no item where there is none': () => equal([new DataTransfer().items[0], new DataTransfer().files[0], new DataTransfer().files.item(0)], [undefined, undefined, null]),
  'gives a text when the caller is done': async () => {
    const transfer = new DataTransfer();
    transfer.setData('text/plain', 'a');
    let isAtOnce = true;
    const text = await new Promise((resolve) => {
      transfer.items[0].getAsString((value) => resolve([value, isAtOnce]));
      isAtOnce = false;
    });
    equal(text, ['a', false]);
  },
  'has no file of a text, no text of a file': async () => {
    const transfer = transferOf(fileOf());
    transfer.setData('text/plain', 'a');
    equal(transfer.items[1].getAsFile(), null);
    let calls = 0;
    transfer.items[0].getAsString(() => (calls += 1));
    await settled(20);
    equal(calls, 0);
  },
  'has no text for nobody': () => {
    const transfer = new DataTransfer();
    transfer.setData('text/plain', 'a');
    equal(transfer.items[0].getAsString(null), undefined);
  },
  'knows effects, and no others': () => {
    const transfer = new DataTransfer();
    transfer.dropEffect = 'x';
    transfer.effectAllowed = 'x';
    equal([transfer.dropEffect, transfer.effectAllowed], ['none', 'none']);
  },
  'has methods for itself alone': () => {
    for (const name of ['webkitGetAsEntry', 'getAsFile', 'getAsString']) throws('TypeError', () => DataTransferItem.prototype[name].call({}));
    throws('TypeError', () => DataTransfer.prototype.getData.call({}, 'text'));
    throws('TypeError', () => Object.getOwnPropertyDescriptor(DataTransfer.prototype, 'files').get.call({}));
  },
  'has no entry of a script’s file': () => equal(transferOf(fileOf()).items[0].webkitGetAsEntry(), null),
  'has no entry of a text': () => {
    const transfer = new DataTransfer();
    transfer.setData('text/plain', 'a');
    equal(transfer.items[0].webkitGetAsEntry(), null);
  },
});

group('drops', {
  'by a script arrive with what they have': () =>
    placed('<div></div>', (zone) => {
      const dataTransfer = transferOf(fileOf());
      dataTransfer.setData('text/plain', 'a');
      let sent;
      zone.addEventListener('drop', (event) => (sent = event));
      zone.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true, clientX: 3 }));
      equal([sent.isTrusted, sent.dataTransfer === dataTransfer, sent.dataTransfer.files[0].name, sent.dataTransfer.getData('text'), sent.clientX], [false, true, 'a.txt', 'a', 3]);
    }),
  'by a script do nothing by themselves': () =>
    placed('<div><input type="file"><textarea></textarea></div>', ({ children }) => {
      for (const child of children) child.dispatchEvent(new DragEvent('drop', { dataTransfer: transferOf(fileOf()), bubbles: true, cancelable: true }));
      equal([children[0].files.length, children[1].value], [0, '']);
    }),
  'may have nothing': () => equal(new DragEvent('drop').dataTransfer, null),
  'take nothing but a transfer': () => throws('TypeError', () => new DragEvent('drop', { dataTransfer: {} })),
  'are prevented like others': () =>
    placed('<div></div>', (zone) => {
      zone.addEventListener('dragover', (event) => event.preventDefault());
      equal(zone.dispatchEvent(new DragEvent('dragover', { cancelable: true })), false);
      equal(zone.dispatchEvent(new DragEvent('drop', { cancelable: true })), true);
    }),
});

group('clipboard', {
  'events by a script arrive with what they have': () =>
    placed('<div contenteditable></div>', (zone) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', 'a');
      let sent;
      zone.addEventListener('paste', (event) => (sent = event));
      zone.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
      equal([sent.isTrusted, sent.clipboardData.getData('text'), zone.textContent], [false, 'a', '']);
    }),
  'has a text': async () => {
    await navigator.clipboard.writeText('a text');
    equal(await navigator.clipboard.readText(), 'a text');
  },
  'has items': async () => {
    await navigator.clipboard.write([new ClipboardItem({ 'text/plain': 'plain', 'text/html': new Blob(['<p>x</p>'], { type: 'text/html' }) })]);
    const [item, ...others] = await navigator.clipboard.read();
    equal(others.length, 0);
    equal([...item.types].sort(), ['text/html', 'text/plain']);
    equal([item instanceof ClipboardItem, await (await item.getType('text/plain')).text()], [true, 'plain']);
    equal((await item.getType('text/html')).type, 'text/html');
  },
  'has markup as it was, where nothing is dangerous': async () => {
    await navigator.clipboard.write([new ClipboardItem({ 'text/html': '<p>one <b>two</b></p>' })]);
    const [item] = await navigator.clipboard.read();
    equal(/<p[^>]*>one <b[^>]*>two<\/b><\/p>/.test(await (await item.getType('text/html')).text()), true);
  },
  'has formats of the web’s own': async () => {
    await navigator.clipboard.write([new ClipboardItem({ 'web text/x-check': new Blob(['own'], { type: 'web text/x-check' }) })]);
    const [item] = await navigator.clipboard.read();
    equal([...item.types], ['web text/x-check']);
    equal(await (await item.getType('web text/x-check')).text(), 'own');
  },
  'has no other type': async () => {
    await navigator.clipboard.writeText('x');
    const [item] = await navigator.clipboard.read();
    await rejects('NotFoundError', item.getType('image/png'));
    await rejects('TypeError', item.getType());
  },
  'gives the same items each time alike': async () => {
    await navigator.clipboard.writeText('x');
    const [first] = await navigator.clipboard.read();
    const [second] = await navigator.clipboard.read();
    equal([first === second, [...second.types].join()], [false, [...first.types].join()]);
  },
  'refuses by a rejection': async () => {
    const { read, readText, write, writeText } = Clipboard.prototype;
    for (const [native, args] of [[read, []], [readText, []], [write, [[]]], [writeText, ['']]]) await rejects('TypeError', native.apply({}, args));
    await rejects('TypeError', navigator.clipboard.write());
    await rejects('TypeError', navigator.clipboard.read({ unsanitized: 1 }));
  },
  'reads what it is asked for': async () => {
    await navigator.clipboard.write([new ClipboardItem({ 'text/html': '<p>x</p>' })]);
    const [item] = await navigator.clipboard.read({ unsanitized: ['text/html'] });
    equal((await (await item.getType('text/html')).text()).includes('<p>x</p>'), true);
    await rejects('NotAllowedError', navigator.clipboard.read({ unsanitized: ['text/plain'] }));
  },
});
