import { Dropzone } from 'dropzone';
import look from 'dropzone/dist/dropzone.css?inline';
import { place, style } from './send.js';

style(look);
place('<div id="zone" class="dropzone" style="width: 500px; height: 300px"></div>');
new Dropzone('#zone', { url: '/api/uploads', paramName: 'file', parallelUploads: 1 });
