// Shared by the uploaders' pages: sends one file as the test pages do.
export async function send(file, name = file.name) {
  const form = new FormData();
  form.append('via', 'uploader');
  form.append('file', file, name);
  form.append('lastModified', String(file.lastModified ?? 0));
  const response = await fetch('/api/uploads', { method: 'POST', body: form });
  const [{ id }] = await response.json();
  return `/uploads/${id}`;
}

export async function sendAll(files) {
  for (const file of files) await send(file);
}

export function style(...sheets) {
  document.head.append(Object.assign(document.createElement('style'), { textContent: sheets.join('\n') }));
}

export function place(html) {
  document.body.insertAdjacentHTML('beforeend', html);
}

/** A preview as pages make it. */
export function preview(file) {
  if (file.type.startsWith('image/')) document.body.append(Object.assign(new Image(80), { src: URL.createObjectURL(file) }));
}
