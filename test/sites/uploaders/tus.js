import { Upload } from 'tus-js-client';
import { place, preview } from './send.js';

place('<input id="file" type="file" multiple>');
document.querySelector('#file').onchange = async (event) => {
  for (const file of event.target.files) {
    preview(file);
    await new Promise((done, failed) => {
      new Upload(file, {
        endpoint: '/tus/',
        chunkSize: 20_000,
        metadata: { filename: file.name, filetype: file.type },
        storeFingerprintForResuming: false,
        onSuccess: done,
        onError: failed,
      }).start();
    });
  }
};
