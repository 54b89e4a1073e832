/** How a person picks, drops and pastes in each uploader, editor and client fixture. */
import { copyFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Frame, Page } from 'playwright-core';
import type { Files } from './pictures';
import { answerPicker, choose, drop, paste } from './user';

export interface Uploader {
  name: string;
  table: 'uploaders' | 'fixtures';
  /** File under test/sites/uploaders or fixtures. */
  page: string;
  pick?: string | undefined;
  drop?: string | undefined;
  paste?: string | undefined;
  /** Takes nothing but pictures. */
  picturesOnly?: true;
  /** Its chooser takes one file. */
  picksOne?: true;
  /** Sends several files at the same time: the server may get them in any order. What counts is the order in which the page sends them. */
  parallel?: true;
  /** Takes a folder with the files in it. */
  directory?: true;
  /** Its chooser gives handles. */
  handles?: true;
  /** Shows nothing of a picture before the server has it. */
  noPreview?: true;
  /** When it has a file, the place where that was brought in is another. */
  noSecond?: true;
  /** What is pasted into is a text that is written in. */
  writes?: true;
  /** Where its elements are: a frame that has this one. */
  frame?: string;
  /** Before the page begins. */
  prepare?(page: Page): Promise<unknown>;
}

const uploader = (name: string, page: string, rest: Partial<Uploader>): Uploader => ({ name, page, table: 'uploaders', ...rest });

/** Client fixtures: the same ids everywhere. */
const fixture = (name: string, rest: Partial<Uploader> = {}): Uploader => ({
  name,
  page: name.toLowerCase(),
  table: 'fixtures',
  pick: '#pick',
  drop: '#text',
  paste: '#text',
  ...rest,
});

export const uploaders: Uploader[] = [
  uploader('Uppy Dashboard, XHR', 'uppy-dashboard', { noSecond: true, pick: '.uppy-Dashboard-browse', drop: '.uppy-Dashboard-AddFiles', paste: '.uppy-Dashboard-browse' }),
  uploader('Uppy DragDrop, Tus', 'uppy-tus', { pick: '.uppy-DragDrop-container', drop: '.uppy-DragDrop-container', noPreview: true }),
  uploader('Dropzone.js', 'dropzone', { pick: '#zone', drop: '#zone' }),
  uploader('FilePond', 'filepond', { pick: '.filepond--label-action', drop: '.filepond--root', paste: '.filepond--browser', noPreview: true }),
  uploader('react-dropzone', 'react-dropzone', { pick: '#zone', drop: '#zone' }),
  uploader('svelte-file-dropzone', 'svelte-file-dropzone', { pick: '#zone .dropzone', drop: '#zone .dropzone' }),
  uploader('blueimp-file-upload', 'blueimp', { pick: '#file', drop: '#zone', paste: '#zone', noPreview: true }),
  uploader('Ant Design Upload', 'antd', { pick: '#zone', drop: '#zone', parallel: true }),
  uploader('Ant Design Upload, folders', 'antd#directory', { pick: '#zone', drop: '#zone', parallel: true, directory: true }),
  uploader('Element Plus upload', 'element-plus', { pick: '#zone', drop: '#zone', parallel: true }),
  uploader('browser-fs-access', 'browser-fs-access', {
    pick: '#open',
    prepare: (page) => page.addInitScript(() => Reflect.deleteProperty(window, 'showOpenFilePicker')), // then it opens an input
  }),
  uploader('browser-fs-access, handles', 'browser-fs-access', { pick: '#open', handles: true }),
  uploader('tus-js-client', 'tus', { pick: '#file' }),
  uploader('Quill', 'quill', { writes: true, pick: 'button.ql-image', drop: '.ql-editor', paste: '.ql-editor', picksOne: true }),
  uploader('TipTap', 'tiptap', { writes: true, drop: '.tiptap', paste: '.tiptap' }),
  uploader('Lexical', 'lexical', { writes: true, drop: '#editor', paste: '#editor' }),
  uploader('Slate', 'slate', { writes: true, drop: '#editor', paste: '#editor' }),
  uploader('ProseMirror', 'prosemirror', { writes: true, drop: '.ProseMirror', paste: '.ProseMirror' }),
  uploader('CKEditor 5', 'ckeditor', {
    pick: '.ck-file-dialog-button',
    drop: '.ck-editor__editable',
    paste: '.ck-editor__editable',
    picturesOnly: true,
    parallel: true,
  }),
  uploader('TinyMCE', 'tinymce', { noSecond: true, drop: '#tinymce.ready', paste: '#tinymce.ready', frame: '#tinymce.ready', picturesOnly: true, parallel: true }),
];

export const fixtures: Uploader[] = [
  fixture('Mastodon'),
  fixture('Misskey'),
  fixture('Mattermost'),
  fixture('Bluesky'),
  fixture('Discourse'),
  fixture('Zulip'),
  fixture('Element'),
  fixture('Lemmy', { drop: undefined }),
  fixture('Pixelfed', { drop: '#modal', paste: undefined, parallel: true }),
  fixture('NodeBB'),
  fixture('Elk', { prepare: (page) => page.addInitScript(() => Reflect.deleteProperty(window, 'showOpenFilePicker')) }),
  fixture('Phanpy'),
];

export type By = 'pick' | 'drop' | 'paste';

/** Every way that the uploader offers, with every batch that the way can carry (the clipboard: one picture). */
export function casesOf(uploader: Uploader): { by: By; batch: string; sent: (keyof Files)[] }[] {
  const batches: [string, (keyof Files)[]][] = [
    ['one picture', ['small']],
    ['three pictures', ['small', 'small2', 'small3']],
    ...(uploader.picturesOnly ? [] : [['picture + PDF', ['small', 'pdf']] satisfies [string, (keyof Files)[]]]),
  ];
  const several = (by: 'pick' | 'drop') => (uploader[by] ? (by === 'pick' && uploader.picksOne ? batches.slice(0, 1) : batches).map(([batch, sent]) => ({ by, batch, sent })) : []);
  return [...several('pick'), ...several('drop'), ...(uploader.paste ? [{ by: 'paste' as const, batch: 'one picture', sent: ['smallPng' as const] }] : [])];
}

export async function bring(page: Page, uploader: Uploader, by: By, files: string[]): Promise<void> {
  const frame = await frameOf(page, uploader);
  const selector = uploader[by]!;
  await frame.waitForSelector(selector, { state: 'attached' });
  const paths = uploader.directory ? [await folderOf(files)] : files;
  if (uploader.handles) await answerPicker(page, ...paths);
  if (uploader.handles) await frame.click(selector);
  else if (by === 'pick') await choose(page, selector, paths, frame);
  else if (by === 'drop') await drop(page, selector, paths, { frame });
  else await paste(page, selector, paths[0]!, undefined, frame);
}

/** In alphabetical order they come as given. */
async function folderOf(files: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nullswap-folder-'));
  for (const [index, file] of files.entries()) await copyFile(file, join(folder, `${index} ${file.slice(file.lastIndexOf('/') + 1)}`));
  return folder;
}

export async function frameOf(page: Page, { frame: selector }: Uploader): Promise<Page | Frame> {
  if (!selector) return page;
  for (;;) {
    for (const frame of page.frames()) if (await frame.$(selector).catch(() => null)) return frame;
    await page.waitForTimeout(50);
  }
}
