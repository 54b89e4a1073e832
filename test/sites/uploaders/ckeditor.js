import { ClassicEditor, Essentials, FileRepository, Image, ImageUpload, Paragraph } from 'ckeditor5';
import look from 'ckeditor5/ckeditor5.css?inline';
import { place, send, style } from './send.js';

style(look);
place('<div style="width: 500px"><div id="editor"></div></div>');

function Uploads(editor) {
  editor.plugins.get('FileRepository').createUploadAdapter = (loader) => ({
    upload: async () => ({ default: await send(await loader.file) }),
    abort() {},
  });
}

ClassicEditor.create(document.querySelector('#editor'), {
  licenseKey: 'GPL',
  plugins: [Essentials, Paragraph, FileRepository, Image, ImageUpload],
  extraPlugins: [Uploads],
  toolbar: ['uploadImage'],
  image: { upload: { types: ['jpeg', 'png'] } },
});
