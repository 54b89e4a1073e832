import tinymce from 'tinymce';
import 'tinymce/icons/default';
import 'tinymce/models/dom';
import 'tinymce/themes/silver';
import 'tinymce/plugins/image';
import { place, send } from './send.js';

place('<textarea id="editor"></textarea>');
tinymce.init({
  selector: '#editor',
  license_key: 'gpl',
  skin: false,
  content_css: false,
  width: 500,
  height: 300,
  plugins: 'image',
  toolbar: 'image',
  paste_data_images: true,
  automatic_uploads: true,
  images_upload_handler: (blob) => send(blob.blob(), blob.filename()),
  setup(editor) {
    editor.on('change', () => editor.uploadImages());
    editor.on('init', () => editor.getBody().classList.add('ready'));
  },
});
