// What the test pages put into frames and popups of every kind: a button for a file input in no document, one for an input in it.
window.frameContent = (origin, kind) => `<!doctype html>
<meta charset="utf-8">
<script src="${origin}/pages/upload.js"><\/script>
<input id="file" type="file">
<button id="detached">detached</button>
<div id="zone" style="width:200px;height:60px;border:1px dashed">Drop</div>
<script>
  const send = (files) => upload(${JSON.stringify(kind)}, files, ${JSON.stringify(origin)});
  document.querySelector('#file').addEventListener('change', (event) => send(event.target.files));
  document.querySelector('#detached').onclick = () => {
    const input = Object.assign(document.createElement('input'), { type: 'file' });
    input.addEventListener('change', () => send(input.files), true);
    input.click();
  };
  const zone = document.querySelector('#zone');
  zone.addEventListener('dragover', (event) => event.preventDefault());
  zone.addEventListener('drop', (event) => { event.preventDefault(); send(event.dataTransfer.files); });
<\/script>`;
