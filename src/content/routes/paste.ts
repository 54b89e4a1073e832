/**
 * Files pasted. Pages with a handler get the same paste again; where nobody takes it, the browser would insert the
 * picture into the editable element by itself, which a paste made by script does not do: it is done here.
 */
import { addressOf, carriedPictures } from '../carriers/carriers';
import { pasteForPage, transferForPage } from '../forThePage';
import { anchorIn, enterUndisturbed, isTextField, type Anchor } from '../held/caret';
import { track } from '../held/held';
import { hold } from '../held/hold';
import { listen } from '../listening';
import { isHtml } from '../nodes';
import { bytesOf } from '../ownership';
import { isOff } from '../protection';
import { textsOf } from './file-input';
import { targetOf } from './shadow-root';

/** What was pasted before comes before. */
let last: Promise<unknown> | undefined;

export function watchPastes(): void {
  listen('paste', onPaste);
}

function onPaste(event: ClipboardEvent): void {
  const transfer = event.clipboardData;
  const target = targetOf(event, (root) => root.activeElement);
  if (!event.isTrusted || !transfer || !target || isOff()) return;
  const files = [...transfer.files];
  const carried = carriedPictures(textsOf(transfer));
  if (files.length === 0 && carried.files.length === 0) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const anchor = anchorIn(target);
  const over = hold({
    files: [...files, ...carried.files],
    after: last,
    async deliver(cloaked) {
      const texts = await carried.replace(cloaked.slice(files.length));
      await deliver(target, cloaked.slice(0, files.length), texts, anchor);
    },
    cancel: () => {},
  }).finally(() => anchor.forget());
  last = over;
  track({ place: target, opener: null, isChosen: false, over });
}

async function deliver(target: Element, files: File[], texts: [string, string][], anchor: Anchor): Promise<void> {
  const init = { bubbles: true, cancelable: true, composed: true };
  const goBack = anchor.hasMoved() ? await enterUndisturbed(anchor) : null;
  const wasTaken = !target.dispatchEvent(pasteForPage(files, texts, init));
  goBack?.();
  if (wasTaken || !isEditable(target)) return;
  const markup = isTextField(target) ? '' : new Map(texts).get('text/html') || (await markupOf(files));
  const leave = anchor.enter();
  // editors without a paste handler take the files from here
  const dataTransfer = transferForPage(files, texts);
  const insertion = new InputEvent('beforeinput', { ...init, inputType: 'insertFromPaste', dataTransfer });
  if (target.dispatchEvent(insertion)) insert(markup, new Map(texts).get('text/plain'));
  leave();
}

function isEditable(target: Element): boolean {
  return isTextField(target) || (isHtml(target) && target.isContentEditable);
}

async function markupOf(files: File[]): Promise<string> {
  const pictures = files.filter((file) => file.type.startsWith('image/'));
  const addresses = await Promise.all(pictures.map(async (file) => addressOf({ type: file.type, bytes: await bytesOf(file) })));
  return addresses.map((address) => `<img src="${address}">`).join('');
}

/** As the browser does: markup before pictures before text. `execCommand` keeps the page's undo working. */
function insert(markup: string, plain: string | undefined): void {
  if (markup) document.execCommand('insertHTML', false, markup);
  else if (plain) document.execCommand('insertText', false, plain);
}
