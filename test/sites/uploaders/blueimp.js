import './jquery-global.js';
import 'blueimp-file-upload/js/vendor/jquery.ui.widget.js';
import 'blueimp-file-upload/js/jquery.iframe-transport.js';
import 'blueimp-file-upload/js/jquery.fileupload.js';
import { place } from './send.js';

place('<div id="zone" tabindex="0" style="width: 500px; height: 300px; border: 1px dashed"><input id="file" type="file" name="file" multiple></div>');
window.jQuery('#file').fileupload({ url: '/api/uploads', dropZone: window.jQuery('#zone'), pasteZone: window.jQuery('#zone'), sequentialUploads: true, paramName: 'file' });
