import Quill from 'quill';
import look from 'quill/dist/quill.snow.css?inline';
import { place, sendAll, style } from './send.js';

style(look);
place('<div style="width: 500px"><div id="editor"></div></div>');
const quill = new Quill('#editor', {
  theme: 'snow',
  modules: {
    toolbar: ['image'],
    uploader: {
      mimetypes: ['image/png', 'image/jpeg', 'application/pdf'],
      handler(range, files) {
        Quill.import('modules/uploader').DEFAULTS.handler.call(this, range, files.filter(({ type }) => type.startsWith('image/')));
        sendAll(files);
      },
    },
  },
});
quill.root.style.minHeight = '150px';
