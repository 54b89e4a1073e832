import Uppy from '@uppy/core';
import DragDrop from '@uppy/drag-drop';
import Tus from '@uppy/tus';
import core from '@uppy/core/css/style.min.css?inline';
import look from '@uppy/drag-drop/css/style.min.css?inline';
import { place, style } from './send.js';

style(core, look);
place('<div id="uppy"></div>');
new Uppy({ autoProceed: true }).use(DragDrop, { target: '#uppy', width: 500, height: 300 }).use(Tus, { endpoint: '/tus/', limit: 1, storeFingerprintForResuming: false });
