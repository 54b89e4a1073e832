/**
 * Every message between the parts of the extension, typed by who answers it. A receiver answers only what is addressed
 * to it (`to`), since all of them hear every message. All but jobs is JSON.
 */
import type { Backend, CloakErrorCode, CloakErrorReason, CloakOptions, CloakReport, DetectedFace, FaceLikeness } from '../engine/types';
import type { FailureChoice } from './choices';
import type { PageSettings, Settings } from './settings';

/** What the engine does for whoever opens a Port for it (jobs.ts). */
export interface EngineJobs {
  /** Cloaks one file. */
  cloak: { request: { file: File; options: CloakOptions }; result: { file: File; report: CloakReport } };
  /** Finds the faces only. Extension pages only. */
  detect: { request: { file: File }; result: { width: number; height: number; faces: DetectedFace[] } };
  /** Asks the recogniser about another copy of a cloaked picture; `faces` are those of `file`, the original. Extension pages only. */
  compare: { request: { file: File; copy: File; faces: DetectedFace[] }; result: FaceLikeness[] };
}

/** What the engine says of a job: how much of it is done, 0 to 1, and at last what came of it. */
export type JobUpdate<T> = { done: number } | { reply: Reply<T> };

/** Answered by the page that hosts the engine. */
export interface EngineRequests {
  /** Whether it is there, however busy. */
  hello: { request: Record<never, never>; response: null };
  /** Loads the models ahead of the first picture. */
  warm: { request: Record<never, never>; response: { backend: Backend } };
}

export interface ReleaseQuestion {
  /** Of the files. */
  names: string[];
  /** Whether the box is ticked that says so for the site from now on; null where there is no such box. */
  remember: boolean | null;
  /** Host of the page. */
  host: string;
}

export interface ReleaseAnswer {
  isReleased: boolean;
  remember: boolean;
}

/** Answered by the background. The site of a content script is read from its sender, never from the message. */
export interface BackgroundRequests {
  /**
   * Makes sure the engine's host is there; resolves once it listens. `isSilent`: it has answered nothing for long, and is replaced where it
   * still does not.
   */
  ensureEngine: { request: { isSilent?: boolean }; response: null };
  /** Counts a picture that reached its page. `thumbnail`: see thumbnail.ts; null where the user wants none in the history. */
  recordProtection: { request: { report: CloakReport; thumbnail: string | null }; response: null };
  /** What holds on the sender's page. */
  pageSettings: { request: Record<never, never>; response: PageSettings };
  /** What the toolbar button of the sender's tab shows. */
  showState: { request: { on: boolean }; response: null };
  /** What the sender's site does from now on where a picture cannot be cloaked, without asking; null: asks again. */
  rememberChoice: { request: { choice: FailureChoice | null }; response: null };
  /** Asks the user, in a window of the extension's own, whether the sender's page shall get originals; waits for what they say. */
  askRelease: { request: Pick<ReleaseQuestion, 'names' | 'remember'>; response: ReleaseAnswer };
  /** Extension pages only. What that window asks; null where nobody waits for it any more. */
  releaseQuestion: { request: { id: string }; response: ReleaseQuestion | null };
  /** Extension pages only. */
  answerRelease: { request: { id: string; answer: ReleaseAnswer }; response: null };
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
  /**
   * Whether it is there: a page that was open before the extension was installed or updated has none that answers. And whether all of it is
   * (content/whole.ts).
   */
  hello: { request: Record<never, never>; response: { isWhole: boolean } };
  /** What it was told of the settings may not hold any more. */
  settingsChanged: { request: Record<never, never>; response: null };
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
