// Reads the handle that it is sent, and sends the file to the server itself.
onmessage = async ({ data }) => {
  const form = new FormData();
  form.append('via', 'worker');
  form.append('file', await data.kept[0].getFile());
  await fetch('/api/uploads', { method: 'POST', body: form });
};
