import { $createParagraphNode, $createTextNode, $getRoot, COMMAND_PRIORITY_LOW, createEditor } from 'lexical';
import { DRAG_DROP_PASTE, registerRichText } from '@lexical/rich-text';
import { place, preview, sendAll } from './send.js';

place('<div id="editor" contenteditable style="width: 500px; min-height: 150px; border: 1px solid"></div>');
const editor = createEditor({ onError: (error) => console.error(error) });
editor.setRootElement(document.querySelector('#editor'));
registerRichText(editor);
editor.update(() => void $getRoot().append($createParagraphNode().append($createTextNode('Some text to drop a picture into'))));
editor.registerCommand(
  DRAG_DROP_PASTE,
  (files) => {
    files.forEach(preview);
    sendAll(files);
    return true;
  },
  COMMAND_PRIORITY_LOW,
);
