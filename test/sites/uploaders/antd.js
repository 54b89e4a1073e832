import { createElement as h } from 'react';
import { createRoot } from 'react-dom/client';
import { Upload } from 'antd';
import { place } from './send.js';

const directory = location.hash === '#directory';
place('<main style="width: 500px; height: 300px"></main>');
createRoot(document.querySelector('main')).render(
  h(Upload.Dragger, { action: '/api/uploads', name: 'file', multiple: true, directory, listType: 'picture', pastable: true }, h('p', { id: 'zone', style: { width: 300, height: 150 } }, 'Drop or click')),
);
