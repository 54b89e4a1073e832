import { createElement as h } from 'react';
import { createRoot } from 'react-dom/client';
import { useDropzone } from 'react-dropzone';
import { place, preview, sendAll } from './send.js';

function Zone() {
  const { getRootProps, getInputProps } = useDropzone({
    onDrop: (files) => {
      files.forEach(preview);
      sendAll(files);
    },
  });
  return h('div', { ...getRootProps(), id: 'zone', style: { width: 500, height: 300, border: '1px dashed' } }, h('input', getInputProps()), 'Drop or click');
}

place('<main></main>');
createRoot(document.querySelector('main')).render(h(Zone));
