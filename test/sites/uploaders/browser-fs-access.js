import { fileOpen } from 'browser-fs-access';
import { place, preview, sendAll } from './send.js';

place('<button id="open">Open</button>');
document.querySelector('#open').onclick = async () => {
  const files = await fileOpen({ multiple: true, mimeTypes: ['image/*', 'application/pdf'] });
  files.forEach(preview);
  await sendAll(files);
};
