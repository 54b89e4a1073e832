// The feed's page: collects files by button, drop and paste, shows them, sends them with the post.
const composer = document.querySelector('#composer');
const text = document.querySelector('#text');
const input = document.querySelector('#file');
const previews = document.querySelector('#previews');
const feed = document.querySelector('#feed');
let chosen = [];

function add(files) {
  chosen.push(...files);
  showPreviews();
}

function showPreviews() {
  previews.replaceChildren(...chosen.map(previewOf));
}

function previewOf(file, index) {
  const figure = document.createElement('figure');
  const remove = Object.assign(document.createElement('button'), { type: 'button', textContent: '×', ariaLabel: `Remove ${file.name}` });
  remove.onclick = () => {
    chosen.splice(index, 1);
    showPreviews();
  };
  figure.append(file.type.startsWith('image/') ? pictureOf(URL.createObjectURL(file), file.name) : nameOf(file), remove);
  return figure;
}

function pictureOf(src, alt) {
  return Object.assign(document.createElement('img'), { src, alt });
}

function nameOf(file) {
  return Object.assign(document.createElement('div'), { className: 'other', textContent: file.name });
}

input.addEventListener('change', () => {
  add(input.files);
  input.value = '';
});

composer.addEventListener('dragover', (event) => {
  event.preventDefault();
  composer.classList.add('over');
});
composer.addEventListener('dragleave', () => composer.classList.remove('over'));
composer.addEventListener('drop', (event) => {
  event.preventDefault();
  composer.classList.remove('over');
  add(event.dataTransfer.files);
});

text.addEventListener('paste', (event) => {
  if (event.clipboardData.files.length === 0) return;
  event.preventDefault();
  add(event.clipboardData.files);
});

composer.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (!text.value.trim() && chosen.length === 0) return;
  const form = new FormData();
  form.append('via', 'post');
  form.append('text', text.value);
  for (const file of chosen) {
    form.append('file', file);
    form.append('lastModified', file.lastModified);
  }
  await fetch('/api/posts', { method: 'POST', body: form });
  chosen = [];
  text.value = '';
  showPreviews();
  await showFeed();
});

function ago(time) {
  const minutes = Math.round((Date.now() - time) / 60_000);
  if (minutes < 1) return 'just now';
  return minutes < 60 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

function el(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

function postElement(post) {
  const avatar = Object.assign(pictureOf(post.avatar, ''), { className: 'avatar' });
  const who = el('div', '', el('div', 'who', post.author), el('div', 'when', `${post.handle} · ${ago(post.time)}`));
  const article = el('article', 'post card', el('header', '', avatar, who));
  if (post.text) article.append(el('p', '', post.text));
  if (post.pictures.length) {
    const pictures = post.pictures.map((src) => pictureOf(src, 'Picture of the post'));
    article.append(el('div', pictures.length > 1 ? 'pictures many' : 'pictures', ...pictures));
  }
  article.append(el('div', 'likes', `♥ ${post.likes}`));
  return article;
}

async function showFeed() {
  const posts = await (await fetch('/api/posts')).json();
  feed.replaceChildren(...posts.map(postElement));
}

showFeed();
