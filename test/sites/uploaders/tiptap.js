import { Editor } from '@tiptap/core';
import FileHandler from '@tiptap/extension-file-handler';
import Image from '@tiptap/extension-image';
import StarterKit from '@tiptap/starter-kit';
import { place, send } from './send.js';

place('<div id="editor" style="width: 500px"></div><style>.tiptap { min-height: 150px; border: 1px solid }</style>');

async function insert(editor, files, at) {
  for (const file of files) {
    if (file.type.startsWith('image/')) {
      const reader = new FileReader();
      reader.onload = () => editor.chain().insertContentAt(at, { type: 'image', attrs: { src: reader.result } }).run();
      reader.readAsDataURL(file);
    }
    await send(file);
  }
}

const editor = new Editor({
  element: document.querySelector('#editor'),
  extensions: [
    StarterKit,
    Image,
    FileHandler.configure({
      onDrop: (current, files, at) => insert(current, files, at),
      onPaste: (current, files) => insert(current, files, current.state.selection.anchor),
    }),
  ],
});
window.editor = editor;
