import { schema } from 'prosemirror-schema-basic';
import { EditorState } from 'prosemirror-state';
import { EditorView } from 'prosemirror-view';
import { place, send } from './send.js';

place('<div id="place" style="width: 500px"></div><style>.ProseMirror { min-height: 150px; border: 1px solid; white-space: pre-wrap }</style>');

function insert(view, files, at) {
  if (files.length === 0) return false;
  (async () => {
    for (const file of files) {
      const src = await send(file);
      if (file.type.startsWith('image/')) {
        const image = schema.nodes.image.create({ src: URL.createObjectURL(file), title: src });
        view.dispatch(view.state.tr.insert(Math.min(at, view.state.doc.content.size), image));
      }
    }
  })();
  return true;
}

new EditorView(document.querySelector('#place'), {
  state: EditorState.create({ schema }),
  handlePaste: (view, event) => insert(view, [...event.clipboardData.files], view.state.selection.from),
  handleDrop: (view, event) => insert(view, [...event.dataTransfer.files], view.posAtCoords({ left: event.clientX, top: event.clientY })?.pos ?? 1),
});
