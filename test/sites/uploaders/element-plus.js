import { createApp, h } from 'vue';
import { ElUpload } from 'element-plus';
import look from 'element-plus/dist/index.css?inline';
import { place, style } from './send.js';

style(look);
place('<main style="width: 500px"></main>');
const props = { action: '/api/uploads', name: 'file', multiple: true, drag: true, listType: 'picture' };
createApp({ render: () => h(ElUpload, props, () => h('p', { id: 'zone' }, 'Drop or click')) }).mount('main');
