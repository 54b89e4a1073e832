// Shared by the test pages: sends what the page received, and writes down what it saw.
window.seen = [];

// `origin`: for frames that have none of their own
window.upload = async (via, files, origin = '') => {
  const form = new FormData();
  form.append('via', via);
  for (const file of files) {
    form.append('file', file);
    form.append('lastModified', file.lastModified);
  }
  await fetch(`${origin}/api/uploads`, { method: 'POST', body: form, ...(origin && { mode: 'no-cors' }) });
  document.body.dataset.uploads = Number(document.body.dataset.uploads ?? 0) + 1;
};

window.note = (event, files) => {
  window.seen.push({ type: event.type, trusted: event.isTrusted, files: [...(files ?? [])].map(({ name }) => name) });
};
