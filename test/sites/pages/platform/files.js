// File System Standard, File API.
const root = () => navigator.storage.getDirectory();
async function stored(name = 'check.txt', text = 'hello') {
  const handle = await (await root()).getFileHandle(name, { create: true });
  const writable = await handle.createWritable();
  await writable.write(text);
  await writable.close();
  return handle;
}

group('handles', {
  'give their file': async () => {
    const file = await (await stored()).getFile();
    equal([file instanceof File, file.name, file.size, await file.text()], [true, 'check.txt', 5, 'hello']);
  },
  'give it by a promise of the page’s own': async () => {
    const promise = (await stored()).getFile();
    equal([promise instanceof Promise, promise.constructor === Promise], [true, true]);
    await promise;
  },
  'give it as often as it is asked for': async () => {
    const handle = await stored();
    const files = await Promise.all([handle.getFile(), handle.getFile(), handle.getFile()]);
    equal(files.map(({ size }) => size), [5, 5, 5]);
  },
  'give what was written since': async () => {
    const handle = await stored();
    const before = await handle.getFile();
    await stored('check.txt', 'something longer');
    equal((await handle.getFile()).size, 16);
    await rejects('NotReadableError', before.text());
  },
  'have nothing to give of what is gone': async () => {
    const handle = await stored('gone.txt');
    await (await root()).removeEntry('gone.txt');
    await rejects('NotFoundError', handle.getFile());
  },
  'know each other': async () => {
    const handle = await stored();
    const same = await (await root()).getFileHandle('check.txt');
    equal([await handle.isSameEntry(same), await handle.isSameEntry(await stored('other.txt')), handle === same], [true, false, false]);
  },
  'say what they are': async () => {
    const handle = await stored();
    equal([handle.kind, handle.name, (await root()).kind], ['file', 'check.txt', 'directory']);
  },
  'can be copied': async () => {
    const copy = structuredClone(await stored());
    equal([copy instanceof FileSystemFileHandle, (await copy.getFile()).size], [true, 5]);
  },
  'can be sent': async () => {
    const { port1, port2 } = new MessageChannel();
    const arrived = new Promise((resolve) => (port2.onmessage = resolve));
    port1.postMessage(await stored());
    equal((await (await arrived).data.getFile()).size, 5);
  },
  'refuse by a rejection': async () => {
    const { getFile } = FileSystemFileHandle.prototype;
    for (const wrong of [{}, null, await root()]) await rejects('TypeError', getFile.call(wrong));
    await rejects('TypeMismatchError', (await root()).getDirectoryHandle((await stored()).name));
    await rejects('NotFoundError', (await root()).getFileHandle('nowhere.txt'));
  },
  'of a folder tell what is in it': async () => {
    const folder = await (await root()).getDirectoryHandle('folder', { create: true });
    for (const name of ['a.txt', 'b.txt']) await folder.getFileHandle(name, { create: true });
    const names = [];
    for await (const [name, handle] of folder) names.push(`${name} ${handle.kind}`);
    equal(names.sort(), ['a.txt file', 'b.txt file']);
    await (await root()).removeEntry('folder', { recursive: true });
  },
});

group('entries', {
  'of the page’s own store give their file': async () => {
    const system = await new Promise((resolve, reject) => webkitRequestFileSystem(0, 1024, resolve, reject));
    const entry = await new Promise((resolve, reject) => system.root.getFile('entry.txt', { create: true }, resolve, reject));
    equal([entry.isFile, entry.isDirectory, entry.name, entry.fullPath], [true, false, 'entry.txt', '/entry.txt']);
    let isAtOnce = true;
    const file = await new Promise((resolve, reject) => {
      entry.file((got) => resolve([got, isAtOnce]), reject);
      isAtOnce = false;
    });
    equal([file[0] instanceof File, file[0].name, file[1]], [true, 'entry.txt', false]);
    const metadata = await new Promise((resolve, reject) => entry.getMetadata(resolve, reject));
    equal([metadata.size, metadata.modificationTime instanceof Date], [0, true]);
    throws('TypeError', () => entry.file());
    throws('TypeError', () => entry.file(1));
    throws('TypeError', () => Object.getPrototypeOf(entry).file.call({}, () => {}));
  },
  'of a folder are read in turns': async () => {
    const system = await new Promise((resolve, reject) => webkitRequestFileSystem(0, 1024, resolve, reject));
    const reader = system.root.createReader();
    const read = () => new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    const first = await read();
    equal([Array.isArray(first), (await read()).length], [true, 0]);
  },
});

group('files', {
  'have what they were made with': async () => {
    const file = fileOf('x.txt', 'text');
    equal([file.name, file.size, file.type, file.lastModified, file.webkitRelativePath, await file.text()], ['x.txt', 4, 'text/plain', 1_000_000, '', 'text']);
  },
  'can be cut, read and copied': async () => {
    const file = fileOf('x.txt', 'hello');
    equal(await file.slice(1, 3).text(), 'el');
    equal((await file.arrayBuffer()).byteLength, 5);
    equal([structuredClone(file).name, structuredClone(file) === file], ['x.txt', false]);
    equal((await new Response(file.stream()).text()), 'hello');
  },
  'are read by a reader with its events': async () => {
    const reader = new FileReader();
    const order = [];
    for (const type of ['loadstart', 'load', 'loadend']) reader.addEventListener(type, () => order.push(type));
    reader.readAsText(fileOf());
    await heard(reader, 'loadend');
    equal([...order, reader.result], ['loadstart', 'load', 'loadend', 'hello']);
  },
  'have addresses': async () => {
    const address = URL.createObjectURL(fileOf());
    equal(await (await fetch(address)).text(), 'hello');
    URL.revokeObjectURL(address);
    await rejects('TypeError', fetch(address));
  },
});
