import { createElement as h, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { createEditor } from 'slate';
import { Editable, Slate, withReact } from 'slate-react';
import { place, preview, sendAll } from './send.js';

function withFiles(editor) {
  const { insertData } = editor;
  editor.insertData = (data) => {
    if (data.files.length === 0) return insertData(data);
    const files = [...data.files];
    files.forEach(preview);
    sendAll(files);
  };
  return editor;
}

function Page() {
  const [editor] = useState(() => withFiles(withReact(createEditor())));
  const value = [{ type: 'paragraph', children: [{ text: 'Text' }] }];
  return h(Slate, { editor, initialValue: value }, h(Editable, { id: 'editor', style: { width: 500, minHeight: 150, border: '1px solid' } }));
}

place('<main></main>');
createRoot(document.querySelector('main')).render(h(Page));
