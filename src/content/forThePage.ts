/**
 * Whatever a page is handed goes through here, and whatever is read of what it has. In Firefox each world has its own objects: a page may not touch
 * those of the extension, nor read what the extension has put into a transfer, and arrays over a page's bytes throw here. So what is handed over
 * is made the page's own, transfers are filled in the page's world, and what is read is made ours (ownership.ts). Elsewhere things are what they are.
 */
import { FILL, FILLED } from '../bridge/names';
import { sendParcel, sendTransfer } from '../bridge/wire';
import { areApart, forPage } from './ownership';
import { pageWorld } from './page-world';

type Texts = [type: string, data: string][];

export { forPage };

export function fileListForPage(files: File[]): FileList {
  return filledHere(new DataTransfer(), files, []).files;
}

export function transferForPage(files: File[], texts: Texts = []): DataTransfer {
  return filled(new DataTransfer(), files, texts);
}

export function pasteForPage(files: File[], texts: Texts, init: EventInit): ClipboardEvent {
  const clipboardData = transferForPage(files, texts);
  const event = new ClipboardEvent('paste', { ...init, clipboardData });
  // Firefox gives it one of its own
  if (event.clipboardData && event.clipboardData !== clipboardData) filled(event.clipboardData, files, texts);
  return event;
}

function filled(transfer: DataTransfer, files: File[], texts: Texts): DataTransfer {
  if (!areApart) return filledHere(transfer, files, texts);
  const world = pageWorld();
  if (world && sendParcel(world, FILL, { note: texts, files: files.map(forPage) })) sendTransfer(world, FILLED, transfer, 0);
  return transfer;
}

function filledHere(transfer: DataTransfer, files: File[], texts: Texts): DataTransfer {
  for (const [type, data] of texts) transfer.setData(type, data);
  for (const file of files) transfer.items.add(forPage(file));
  return transfer;
}
