/**
 * Every message between the parts of the extension, typed by who answers it. A receiver answers only what is addressed
 * to it (`to`), since all of them hear every message. Files travel by structured clone.
 */
import type { Backend, CloakErrorCode, CloakErrorReason, CloakOptions, CloakReport, DetectedFace, FaceLikeness } from '../engine/types';
import type { FailureChoice } from './choices';
import type { Settings } from './settings';

/** Answered by the offscreen document. */
export interface EngineRequests {
  /** Cloaks one file; `id` names the request for `abort`. */
  cloak: { request: { id: string; file: File; options: CloakOptions }; response: { file: File; report: CloakReport } };
  /** Finds the faces only. */
  detect: { request: { id: string; file: File }; response: { width: number; height: number; faces: DetectedFace[] } };
  /** Asks the recogniser about another copy of a cloaked picture; `faces` are those of `file`, the original. Extension pages only. */
  compare: { request: { id: string; file: File; copy: File; faces: DetectedFace[] }; response: FaceLikeness[] };
  /** Share of the work on a file that is done, 0 to 1; null for one that is not in hand. */
  progress: { request: { id: string }; response: number | null };
  abort: { request: { id: string }; response: null };
  /** Loads the models ahead of the first picture. */
  warm: { request: Record<never, never>; response: { backend: Backend } };
}

/** Answered by the background. The site of a content script is read from its sender, never from the message. */
export interface BackgroundRequests {
  /**
   * Makes sure the engine's host is there; resolves once it listens. `isSilent`: it has answered nothing for long, and is replaced where it
   * still does not.
   */
  ensureEngine: { request: { isSilent?: boolean }; response: null };
  /** Counts a picture that reached its page. `file`: the cloaked one, where the user wants small pictures in the history, else null. */
  recordProtection: { request: { report: CloakReport; file: File | null }; response: null };
  /** What the toolbar button of the sender's tab shows. */
  showState: { request: { on: boolean }; response: null };
  /** What the sender's site does from now on where a picture cannot be cloaked, without asking; null: asks again. */
  rememberChoice: { request: { choice: FailureChoice | null }; response: null };
  /** Extension pages only. Refused as a whole where a part of it is unsound. */
  changeSettings: { request: { patch: Partial<Settings> }; response: null };
  /** Extension pages only. `site`: its id. */
  switchSite: { request: { site: string; on: boolean }; response: null };
  /** Extension pages only. Protects sites (ids as in ownSites.ts) for which the user has given permission. */
  addSites: { request: { sites: string[] }; response: null };
  /** Extension pages only. Gives back the permission too. */
  removeSite: { request: { site: string }; response: null };
}

/** Answered by the content script of a tab. */
export interface ContentRequests {
  /** Whether it is there: a page that was open before the extension was installed or updated has none that answers. */
  hello: { request: Record<never, never>; response: null };
}

export interface Requests {
  engine: EngineRequests;
  background: BackgroundRequests;
  content: ContentRequests;
}

export interface FailureReply {
  ok: false;
  /** `message` in English, for scripts that ask; `isWorn`: see `EngineWorn` in messaging.ts. */
  error: { code: CloakErrorCode; reason: CloakErrorReason; values: (string | number)[]; message: string; isWorn?: boolean };
}
export type Reply<T> = { ok: true; value: T } | FailureReply;

export type EngineMessage = {
  [K in keyof EngineRequests]: { to: 'engine'; type: K } & EngineRequests[K]['request'];
}[keyof EngineRequests];

export type BackgroundMessage = {
  [K in keyof BackgroundRequests]: { to: 'background'; type: K } & BackgroundRequests[K]['request'];
}[keyof BackgroundRequests];
