/** Where Firefox is not as Chromium, by the name of the route, and why. docs/routes.md says the same. */

/** Not there, or cannot be played. */
export const notInFirefox = new Map([
  ['input: detached, by its label', 'a label in no document opens no chooser'],
  ['drop: picture by its handle', 'no handles of what is dropped'],
  ['drop: folder by its handles', 'no handles of what is dropped'],
  ['drop: folder by its entries', 'not tried: no test can drop a folder there'],
  ['input: webkitdirectory', 'not tried: no test can choose a folder there'],
  ['navigator.clipboard.read(): web image/jpeg', 'no formats of the page’s own'],
  ['navigator.clipboard.read(): drawing with a photo', 'no drawings on the clipboard'],
  ['navigator.clipboard.read(): web text/html', 'no formats of the page’s own'],
  ['Ant Design Upload, folders', 'not tried: no test can choose a folder there'],
  ['browser-fs-access, handles', 'no handles of what is chosen'],
]);

/** Of uploaders, by name and way: without the extension, too, nothing comes of what a test can make there. */
export const notMade = ['FilePond, drop', 'blueimp-file-upload, paste', 'Quill, drop', 'TipTap, drop', 'ProseMirror, drop', 'TinyMCE, drop'];

/** Played with the extension alone: what the browser itself does with such a drop is not done with one that a test makes. */
export const withExtensionAlone = ['drop on an input', 'drop: three pictures on an input'];
