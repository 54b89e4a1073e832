/**
 * Files pasted. Pages with a handler get the same paste again; where nobody takes it, the browser would insert the
 * picture into the editable element by itself, which a paste made by script does not do: it is done here.
 */
import { dataAddress, embeddedPictures } from '../embedded';
import { hold } from '../hold';
import { listen } from '../listening';
import { isOff } from '../protection';
import { textsOf, transferOf } from './file-input';

export function watchPastes(): void {
  listen('paste', onPaste);
}

function onPaste(event: ClipboardEvent): void {
  const transfer = event.clipboardData;
  const target = event.composedPath()[0];
  if (!event.isTrusted || !transfer || !(target instanceof Element) || isOff()) return;
  const files = [...transfer.files];
  const embedded = embeddedPictures(textsOf(transfer));
  if (files.length === 0 && embedded.files.length === 0) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const restoreSelection = selectionKeeper(target);
  void hold({
    files: [...files, ...embedded.files],
    async deliver(cloaked) {
      const texts = await embedded.replace(cloaked.slice(files.length));
      await deliver(target, cloaked.slice(0, files.length), texts, restoreSelection);
    },
    cancel: () => {},
  });
}

async function deliver(target: Element, files: File[], texts: [string, string][], restoreSelection: () => void): Promise<void> {
  const clipboardData = transferOf(files, texts);
  const init = { bubbles: true, cancelable: true, composed: true };
  const wasTaken = !target.dispatchEvent(new ClipboardEvent('paste', { ...init, clipboardData }));
  if (wasTaken || !isEditable(target)) return;
  restoreSelection();
  // editors without a paste handler take the files from here
  const dataTransfer = transferOf(files, texts);
  const insertion = new InputEvent('beforeinput', { ...init, inputType: 'insertFromPaste', dataTransfer });
  if (target.dispatchEvent(insertion)) await insert(target, files, new Map(texts));
}

function isEditable(target: Element): boolean {
  return isTextField(target) || (target instanceof HTMLElement && target.isContentEditable);
}

function isTextField(target: Element): target is HTMLInputElement | HTMLTextAreaElement {
  return target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement;
}

/** As the browser does: markup before pictures before text. `execCommand` keeps the page's undo working. */
async function insert(target: Element, files: File[], texts: Map<string, string>): Promise<void> {
  const plain = texts.get('text/plain');
  if (isTextField(target)) {
    if (plain) document.execCommand('insertText', false, plain);
    return;
  }
  const markup = texts.get('text/html');
  const pictures = files.filter((file) => file.type.startsWith('image/'));
  if (markup) document.execCommand('insertHTML', false, markup);
  else if (pictures.length > 0) {
    const addresses = await Promise.all(pictures.map(dataAddress));
    document.execCommand('insertHTML', false, addresses.map((address) => `<img src="${address}">`).join(''));
  } else if (plain) document.execCommand('insertText', false, plain);
}

/** The caret may have gone elsewhere while the picture was held. */
function selectionKeeper(target: Element): () => void {
  if (isTextField(target)) {
    const { selectionStart, selectionEnd } = target;
    return () => {
      target.focus();
      target.setSelectionRange(selectionStart, selectionEnd);
    };
  }
  const selection = document.getSelection();
  const range = selection?.rangeCount ? selection.getRangeAt(0).cloneRange() : null;
  return () => {
    if (!range || !selection) return;
    if (target instanceof HTMLElement) target.closest<HTMLElement>('[contenteditable]')?.focus();
    selection.removeAllRanges();
    selection.addRange(range);
  };
}
