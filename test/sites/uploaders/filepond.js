import * as FilePond from 'filepond';
import look from 'filepond/dist/filepond.min.css?inline';
import { place, style } from './send.js';

style(look);
place('<div style="width: 500px"><input type="file" id="pond" multiple></div>');
FilePond.create(document.querySelector('#pond'), { allowMultiple: true, maxParallelUploads: 1, name: 'file', server: { process: '/api/uploads' } });
