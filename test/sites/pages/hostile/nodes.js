// Tricks with nodes and events: where inputs are, who listens, what happens while a file is held.
Object.assign(tricks, {
  'listens everywhere, first': () => listenEverywhere(),
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
      const html = pageWithoutTricks();
      document.open();
      listenEverywhere();
      document.write(html);
      document.close();
    });
  },
  'writes over its document, and listens while it does': () => {
    window.addEventListener('load', () => {
      const html = pageWithoutTricks().replace('<head>', '<head><script>listenEverywhere()</script>');
      document.write(html);
      document.close();
    });
  },
  'has its nodes made by a frame': () => {
    window.addEventListener('load', () => {
      const { document: other, EventTarget: Other } = fresh();
      for (const id of ['zone', 'file']) {
        const node = document.getElementById(id);
        const moved = other.adoptNode(node.parentNode);
        for (const each of [moved, ...moved.querySelectorAll('*')]) Other.prototype.addEventListener.call(each, 'input', (event) => keep(event));
        (id === 'zone' ? document.documentElement : document.body).append(moved);
      }
      listenEverywhere();
    });
  },
  'names fields like what is read of a form': () => {
    window.addEventListener('load', () => {
      const form = document.querySelector('#form');
      for (const name of ['nodeType', 'nodeName', 'localName', 'namespaceURI', 'matches', 'closest', 'contains', 'getRootNode', 'elements', 'ownerDocument', 'isConnected', 'shadowRoot', 'addEventListener', 'noValidate', 'requestSubmit', 'querySelectorAll']) {
        form.append(Object.assign(document.createElement('input'), { type: 'hidden', name }));
      }
      form.append(document.querySelector('#zone'));
    });
    listenEverywhere();
  },
  'clicks where no click leaves a shadow root': () => {
    const root = document.documentElement.appendChild(document.createElement('div')).attachShadow({ mode: 'open' });
    const click = (input) => {
      root.append(input);
      input.dispatchEvent(new MouseEvent('click'));
      input.remove();
    };
    window.natives = { add: EventTarget.prototype.addEventListener, click: { call: click } };
  },
  'clicks a label from inside a shadow root': () => {
    const click = (input) => {
      const label = document.createElement('label');
      const host = label.appendChild(document.createElement('div'));
      label.append(input);
      host.attachShadow({ mode: 'closed' }).appendChild(document.createElement('span')).click();
    };
    window.natives = { add: EventTarget.prototype.addEventListener, click: { call: click } };
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
  'moves the input into a frame while the chooser is open': () => {
    const { document: other } = fresh();
    window.addEventListener('click', (event) => {
      const input = event.composedPath()[0];
      if (input.type !== 'file') return;
      for (const type of ['input', 'change']) input.addEventListener(type, () => keep(input.files), true);
      input.addEventListener('change', () => input.files[0] && sendIt(input.files[0]));
      setTimeout(() => (other.body ?? other.documentElement).append(input));
    }, true);
  },
  'makes a text field of the input while the chooser is open': () => {
    window.addEventListener('click', (event) => {
      const input = event.composedPath()[0];
      if (input.type !== 'file') return;
      setTimeout(() => {
        input.type = 'text';
        input.type = 'file';
      });
    }, true);
    listenEverywhere();
  },
  'opens a chooser by a label in a frame that never loads': () => {
    const { contentDocument: other, contentWindow } = loading('/never');
    const click = (input) => {
      const label = other.createElement('label');
      label.append(input);
      contentWindow.HTMLElement.prototype.click.call(label);
    };
    window.natives = { add: contentWindow.EventTarget.prototype.addEventListener, click: { call: click } };
  },
  'opens a chooser from the innermost of two hundred closed roots': () => {
    const click = (input) => {
      let host = document.documentElement.appendChild(document.createElement('div'));
      for (let depth = 0; depth < 200; depth += 1) host = host.attachShadow({ mode: 'closed' }).appendChild(document.createElement('div'));
      host.attachShadow({ mode: 'closed' }).append(input);
      input.click();
    };
    window.natives = { add: EventTarget.prototype.addEventListener, click: { call: click } };
  },
  'opens a chooser in a closed root whose host a frame has made': () => {
    const click = (input) => {
      const other = fresh();
      const host = document.documentElement.appendChild(other.document.createElement('div'));
      other.EventTarget.prototype.addEventListener.call(host, 'input', (event) => (keep(event), keep(input)), true);
      host.attachShadow({ mode: 'closed' }).append(input);
      input.click();
    };
    window.natives = { add: EventTarget.prototype.addEventListener, click: { call: click } };
  },
  'opens a chooser by showPicker, in a tree that listens by attributes': () => {
    const click = (input) => {
      const tree = document.createElement('div');
      tree.innerHTML = '<section></section>';
      tree.firstChild.append(input);
      for (const node of [tree, tree.firstChild, input]) for (const type of ['oninput', 'onchange']) node[type] ??= () => keep(input.files);
      input.showPicker();
    };
    window.natives = { add: EventTarget.prototype.addEventListener, click: { call: click } };
  },
  'has an input of a class of its own': () => {
    class Own extends HTMLInputElement {
      get files() {
        const { files } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'files').get.call(this) ?? {};
        keep(files);
        return Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'files').get.call(this);
      }
      set files(files) {
        keep(files);
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'files').set.call(this, files);
      }
      get value() {
        keep(super.files);
        return super.value;
      }
      set value(value) {
        keep(super.files);
        super.value = value;
      }
      disconnectedCallback() {
        keep(super.files);
      }
    }
    customElements.define('own-input', Own, { extends: 'input' });
    window.addEventListener('load', () => {
      const input = document.createElement('input', { is: 'own-input' });
      Object.assign(input, { type: 'file', id: 'file', name: 'file' });
      input.addEventListener('change', () => input.files[0] && sendIt(input.files[0]));
      document.querySelector('#file').replaceWith(input);
    });
  },
  'keeps what a drag showed it, and looks at it later': () => {
    const kept = [];
    for (const type of ['dragenter', 'dragover', 'drop']) {
      window.addEventListener(type, ({ dataTransfer }) => {
        kept.push(dataTransfer, dataTransfer.items, ...dataTransfer.items);
        for (const item of dataTransfer.items) {
          keep(item.getAsFile());
          item.getAsFileSystemHandle?.()?.then((handle) => handle?.getFile?.().then(keep), () => {});
          item.webkitGetAsEntry()?.file?.(keep);
        }
      }, true);
    }
    setInterval(() => {
      for (const each of kept) {
        keep(each.files);
        if (each instanceof DataTransferItem) keep(each.getAsFile());
        if (each instanceof DataTransferItemList) for (const item of each) keep(item.getAsFile());
      }
    }, 5);
  },
  'takes the page apart while a file is held': () => {
    const changed = () => {
      const { body } = document;
      if (!body) return;
      const html = body.parentNode;
      body.remove();
      html.append(body);
    };
    for (const type of ['click', 'drop', 'dragover']) window.addEventListener(type, () => setTimeout(changed, 30), true);
    listenEverywhere();
  },
  'listens by objects, once, and with signals': () => {
    for (const type of ['input', 'change', 'drop', 'click']) {
      for (const target of [window, document]) {
        const listener = Object.create(null, { handleEvent: { get: () => (event) => (keep(event), keep(event.composedPath()[0])) } });
        for (const options of [{ once: true, capture: true }, { signal: new AbortController().signal, capture: true }, { passive: true, capture: true }]) target.addEventListener(type, listener, options);
        Reflect.set(target, `on${type}`, (event) => (keep(event), keep(event.target)));
      }
    }
    for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent']) window[name] = document[name] = EventTarget.prototype[name];
  },
});
