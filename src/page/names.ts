/** What the two worlds call what they send each other. */

/** From the page's world. */
export const OPEN = 'open'; // node: its chooser may open
export const LISTENED = 'listened'; // node: the page is about to listen to `input` or `change` there
export const SHADOW = 'shadow'; // node: has a new shadow root
export const CLEARED = 'cleared'; // node: a document whose listeners, and those of its window, are gone
export const CLOAK = 'cloak'; // parcel: a file the page shall read
export const READ_HANDLE = 'read-handle'; // clone: a file handle the page shall read
export const READ_CLIPBOARD = 'read-clipboard'; // parcel
export const SEND = 'send'; // parcel: files in the body of a request

/** From the extension's world. */
export const REPLY = 'reply'; // parcel
export const PATHS = 'paths'; // parcel: where in a chosen folder the files were
export const KIN = 'kin'; // node: the line of a frame or popup that this page has made
export const DROP = 'drop'; // transfer: of the drop that is held
export const REPLAY = 'replay'; // transfer: of the drop that the page will see instead

/** The note of a `REPLY`. */
export interface Reply {
  id: number;
  error: { name: string; message: string } | null;
  /** For `READ_CLIPBOARD`: which types each item has; the files come in that order. */
  types: string[][];
}
