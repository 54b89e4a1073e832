import tinymce from 'tinymce';
import 'tinymce/icons/default';
import 'tinymce/models/dom';
import 'tinymce/themes/silver';
import 'tinymce/plugins/image';
import look from 'tinymce/skins/ui/oxide/skin.min.css?inline';
import { place, send, style } from './send.js';

style(look);
place('<textarea id="editor"></textarea>');
tinymce.init({
  selector: '#editor',
  license_key: 'gpl',
  skin: false,
  content_css: false,
  content_style: 'body { min-height: 200px }',
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
