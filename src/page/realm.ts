/** A window's globals: its natives can be used on what belongs to other windows of the same origin. */
export type Realm = typeof globalThis;
