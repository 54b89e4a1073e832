/** What the two worlds call what they send each other. */

/** From the page's world. */
export const OPEN = 'open'; // node: its chooser may open
export const LISTENED = 'listened'; // node: the page is about to listen to `input` or `change` there
export const PICKED = { input: 'picked-input', change: 'picked-change' } as const; // node: an input that fires this, of whose listeners the extension's world was not shown the first
export const SHADOW = 'shadow'; // node: has a new shadow root
export const CLEARED = 'cleared'; // node: a document whose listeners, and those of its window, are gone
export const FRAME = 'frame'; // window: a frame or popup that the page is about to get hold of; taken where no script of ours runs in it
export const CLOAK = 'cloak'; // parcel: a file the page shall read
export const READ_HANDLE = 'read-handle'; // clone: a file handle the page shall read
export const READ_CLIPBOARD = 'read-clipboard'; // parcel: the question's number, and the type that shall come as it is
export const READ_CLIPBOARD_TEXT = 'read-clipboard-text'; // parcel
export const SUBMIT = 'submit'; // node: a form that the page sends by `submit()`
export const SEND = 'send'; // parcel: files in the body of a request
export const SEND_NOW = 'send-now'; // parcel: the same of a request that blocks; taken where one of them may not be sent

/** From the extension's world. */
export const WHOLE = 'whole'; // node: the document; taken where all hooks have begun
export const REPLY = 'reply'; // parcel
export const PATHS = 'paths'; // parcel: where in a chosen folder the files were
export const KIN = 'kin'; // node: the line of a frame or popup that this page has made
export const DROP = 'drop'; // transfer: of the drop that is held
export const REPLAY = 'replay'; // transfer: of the drop that the page will see instead
export const FILL = 'fill'; // parcel: files and texts for the transfer that comes next
export const FILLED = 'filled'; // transfer: to be filled with them

/** The note of a `REPLY`. */
export interface Reply {
  id: number;
  error: { name: string; message: string } | null;
  /** For `READ_CLIPBOARD`: which types each item has; the files come in that order. For `READ_CLIPBOARD_TEXT`: the text alone. */
  types: string[][];
}
