import Uppy from '@uppy/core';
import Dashboard from '@uppy/dashboard';
import XHRUpload from '@uppy/xhr-upload';
import core from '@uppy/core/css/style.min.css?inline';
import look from '@uppy/dashboard/css/style.min.css?inline';
import { place, style } from './send.js';

style(core, look);
place('<div id="uppy"></div>');
new Uppy({ autoProceed: true })
  .use(Dashboard, { inline: true, target: '#uppy', width: 500, height: 400 })
  .use(XHRUpload, { endpoint: '/api/uploads', fieldName: 'file', limit: 1 });
