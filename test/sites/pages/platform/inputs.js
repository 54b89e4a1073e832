// HTML Standard: file inputs, their labels and forms.
const input = (attributes = '') => make(`<input type="file" ${attributes}>`);

group('inputs', {
  'begin without files': () => equal([input().files.length, input().value], [0, '']),
  'of other types have none': () => {
    for (const type of ['text', 'checkbox', 'image', 'hidden', 'button']) equal(make(`<input type="${type}">`).files, null);
  },
  'take a list of files': () => {
    const one = input();
    const { files } = transferOf(fileOf());
    one.files = files;
    equal([one.files.length, one.files[0].name, one.value], [1, 'a.txt', 'C:\\fakepath\\a.txt']);
  },
  'keep the very file': () => {
    const one = input();
    const file = fileOf();
    one.files = transferOf(file).files;
    equal(one.files[0] === one.files[0] && one.files.item(0) === one.files[0], true);
  },
  'do not mind null for files': () => {
    const one = input();
    one.files = transferOf(fileOf()).files;
    one.files = null;
    equal(one.files.length, 1);
  },
  'refuse what is no list': () => {
    for (const wrong of [[], {}, 1, 'x']) throws('TypeError', () => (input().files = wrong));
  },
  'tell nobody of files from a script': async () => {
    const one = input();
    let calls = 0;
    one.oninput = one.onchange = () => (calls += 1);
    one.files = transferOf(fileOf()).files;
    await settled();
    equal(calls, 0);
  },
  'can be emptied by their value': () => {
    const one = input();
    one.files = transferOf(fileOf()).files;
    one.value = '';
    equal([one.files.length, one.value], [0, '']);
  },
  'can have no other value': () => throws('InvalidStateError', () => (input().value = 'x')),
  'do not show their attribute': () => equal(input('value="x"').value, ''),
  'lose their files with their type': () => {
    const one = input();
    one.files = transferOf(fileOf()).files;
    one.type = 'text';
    equal([one.files, one.value], [null, '']);
    one.type = 'file';
    equal(one.files.length, 0);
  },
  'take their files with them when they are cloned': () => {
    const one = input();
    one.files = transferOf(fileOf()).files;
    equal(one.cloneNode().files.length, 1);
  },
  'show their attributes': () => {
    const one = input('accept="image/*" multiple webkitdirectory name="x"');
    equal([one.accept, one.multiple, one.webkitdirectory, one.name], ['image/*', true, true, 'x']);
  },
  'that need a file are not valid without': () => {
    const one = input('required');
    equal([one.validity.valueMissing, one.checkValidity(), one.willValidate], [true, false, true]);
    one.files = transferOf(fileOf()).files;
    equal([one.validity.valid, one.checkValidity()], [true, true]);
  },
  'say so by an event': () => {
    const one = input('required');
    let sent;
    one.oninvalid = (event) => (sent = event);
    one.checkValidity();
    equal([sent.type, sent.bubbles, sent.cancelable], ['invalid', false, true]);
  },
  'that are disabled need none': () => equal(input('required disabled').checkValidity(), true),
  'have no text to be selected': () => {
    equal(input().selectionStart, null);
    throws('InvalidStateError', () => input().setSelectionRange(0, 0));
    throws('InvalidStateError', () => (input().valueAsNumber = 1));
  },
  'open nothing when they are disabled': () => throws('InvalidStateError', () => input('disabled').showPicker()),
  'hear a click in no document': () => {
    const one = input();
    const order = [];
    one.addEventListener('click', (event) => (event.preventDefault(), order.push(event.bubbles)));
    one.click();
    equal(order, [true]);
  },
  'hear nothing when they are disabled': () => {
    const one = input('disabled');
    let calls = 0;
    one.onclick = () => (calls += 1);
    one.click();
    equal(calls, 0);
  },
  'are clicked with their label': () =>
    placed('<label><span>Photo</span><input type="file"></label>', (label) => {
      const one = label.querySelector('input');
      let calls = 0;
      one.addEventListener('click', (event) => (event.preventDefault(), (calls += 1)));
      label.click();
      label.querySelector('span').click();
      equal(calls, 2);
    }),
  'are their label’s control': () => {
    const label = make('<label><input type="file"></label>');
    equal(label.control, label.firstChild);
  },
  'have no entries of their own': () => equal(input().webkitEntries.length, 0),
  'hear what a script sends them': () => {
    const one = input();
    const seen = [];
    for (const type of ['input', 'change', 'cancel']) one.addEventListener(type, (event) => seen.push(event.type, event.isTrusted));
    for (const type of ['input', 'change', 'cancel']) one.dispatchEvent(new Event(type, { bubbles: true }));
    equal(seen, ['input', false, 'change', false, 'cancel', false]);
  },
  'let it through to the document': () =>
    placed('<input type="file">', (one) => {
      const seen = [];
      const note = (event) => seen.push(event.type);
      for (const type of ['input', 'change']) document.addEventListener(type, note);
      for (const type of ['input', 'change']) one.dispatchEvent(new Event(type, { bubbles: true }));
      for (const type of ['input', 'change']) document.removeEventListener(type, note);
      equal(seen, ['input', 'change']);
    }),
  'with files are told of by a script, too': () =>
    placed('<input type="file">', (one) => {
      const seen = [];
      one.onchange = () => seen.push(one.files.length);
      one.files = transferOf(fileOf('a.txt'), fileOf('b.txt')).files;
      one.dispatchEvent(new Event('change', { bubbles: true }));
      equal(seen, [2]);
    }),
});

group('forms', {
  'give up their files when they are reset': () => {
    const form = make('<form><input type="file" name="f"></form>');
    form.f.files = transferOf(fileOf()).files;
    form.reset();
    equal(form.f.files.length, 0);
  },
  'may refuse that': () => {
    const form = make('<form><input type="file" name="f"></form>');
    form.f.files = transferOf(fileOf()).files;
    form.onreset = () => false;
    form.reset();
    equal(form.f.files.length, 1);
  },
  'are sent by requestSubmit() with an event': () =>
    placed('<form><button name="b">x</button></form>', (form) => {
      let sent;
      form.addEventListener('submit', (event) => (event.preventDefault(), (sent = event)));
      form.requestSubmit();
      equal([sent.submitter, sent.bubbles, sent.cancelable], [null, true, true]);
      form.requestSubmit(form.firstChild);
      equal(sent.submitter, form.firstChild);
    }),
  'take no submitter of another form': () =>
    placed('<form></form>', (form) => {
      throws('TypeError', () => form.requestSubmit(make('<p></p>')));
      throws('NotFoundError', () => form.requestSubmit(make('<button></button>')));
    }),
  'are not sent while something is missing': () =>
    placed('<form><input type="file" required></form>', (form) => {
      const seen = [];
      form.addEventListener('invalid', (event) => (event.preventDefault(), seen.push('invalid')), true);
      form.addEventListener('submit', (event) => (event.preventDefault(), seen.push('submit')));
      form.requestSubmit();
      equal(seen, ['invalid']);
      form.noValidate = true;
      form.requestSubmit();
      equal(seen, ['invalid', 'submit']);
    }),
  'are sent by the click on a button': () =>
    placed('<form><button></button></form>', (form) => {
      let sent;
      form.addEventListener('submit', (event) => (event.preventDefault(), (sent = event.submitter)));
      form.firstChild.click();
      equal(sent, form.firstChild);
    }),
  'that are in no document are sent nowhere': () => {
    const form = make('<form><button></button></form>');
    let calls = 0;
    form.onsubmit = () => (calls += 1);
    form.requestSubmit();
    form.submit();
    form.firstChild.click();
    equal(calls, 0);
  },
  'have their fields before their properties': () => {
    const form = make('<form><input name="submit"><input name="elements"></form>');
    equal([form.submit.localName, form.elements.localName], ['input', 'input']);
  },
  'are told of in a frame by its load': () =>
    placed('<div><iframe name="check-target"></iframe><form action="/pages/frame.html" target="check-target"></form></div>', async (both) => {
      const [frame, form] = both.children;
      form.submit();
      await heard(frame, 'load');
      equal(frame.contentWindow.location.pathname, '/pages/frame.html');
    }),
});

group('FormData', {
  'names a blob': async () => {
    const data = new FormData();
    data.append('a', new Blob(['x']));
    data.append('b', new Blob(['x']), 'y.txt');
    data.append('c', fileOf('z.txt'));
    equal([data.get('a').name, data.get('b').name, data.get('c').name], ['blob', 'y.txt', 'z.txt']);
    equal(data.get('a') instanceof File, true);
  },
  'keeps the very file': () => {
    const file = fileOf();
    const data = new FormData();
    data.append('a', file);
    equal(data.get('a'), file);
  },
  'takes no name for a text': () => throws('TypeError', () => new FormData().append('a', 'x', 'y')),
  'needs its arguments': () => {
    for (const name of ['append', 'set', 'get', 'getAll', 'has', 'delete']) throws('TypeError', () => new FormData()[name]());
    throws('TypeError', () => new FormData({}));
    throws('TypeError', () => FormData());
  },
  'sets in place of the first, without the others': () => {
    const data = new FormData();
    for (const value of ['1', '2']) data.append('a', value);
    data.append('b', '3');
    data.set('a', '4');
    equal([...data].flat(), ['a', '4', 'b', '3']);
  },
  'is gone through while it changes': () => {
    const data = new FormData();
    data.append('a', '1');
    data.append('b', '2');
    const seen = [];
    for (const [name] of data) {
      seen.push(name);
      if (name === 'a') data.append('c', '3');
    }
    equal(seen, ['a', 'b', 'c']);
  },
  'has an empty file of an empty input': () => {
    const value = new FormData(make('<form><input type="file" name="f"></form>')).get('f');
    equal([value.name, value.size, value.type], ['', 0, 'application/octet-stream']);
  },
  'has the files of an input': () => {
    const form = make('<form><input type="file" name="f" multiple></form>');
    form.f.files = transferOf(fileOf('a.txt'), fileOf('b.txt')).files;
    equal(new FormData(form).getAll('f').map(({ name }) => name), ['a.txt', 'b.txt']);
    equal(new FormData(form).get('f'), form.f.files[0]);
  },
  'has nothing of what is disabled or has no name': () => {
    const form = make('<form><input name="a" disabled value="1"><input value="2"><fieldset disabled><input name="b" value="3"></fieldset><input name="c" value="4"></form>');
    equal([...new FormData(form)].flat(), ['c', '4']);
  },
  'has the button that sent it': () => {
    const form = make('<form><input name="a" value="1"><button name="b" value="2"></button><button name="c"></button></form>');
    equal([...new FormData(form, form.querySelector('button'))].flat(), ['a', '1', 'b', '2']);
    throws('TypeError', () => new FormData(form, form.firstChild));
    throws('NotFoundError', () => new FormData(form, make('<button></button>')));
  },
  'lets the page add to it': () =>
    placed('<form><input name="a" value="1"></form>', (form) => {
      form.addEventListener('formdata', (event) => event.formData.append('b', '2'));
      equal([...new FormData(form)].flat(), ['a', '1', 'b', '2']);
    }),
  'is not made while it is made': () =>
    placed('<form></form>', (form) => {
      let name;
      form.addEventListener('formdata', () => {
        try {
          new FormData(form);
        } catch (error) {
          name = error.name;
        }
      });
      new FormData(form);
      equal(name, 'InvalidStateError');
    }),
  'goes by a response and comes back': async () => {
    const data = new FormData();
    data.append('a', 'x\ny');
    data.append('f', fileOf('b.txt', 'text'));
    const back = await new Response(data).formData();
    equal([back.get('a'), back.get('f').name, back.get('f').type, await back.get('f').text()], ['x\r\ny', 'b.txt', 'text/plain', 'text']);
  },
});
