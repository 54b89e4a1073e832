/** The one file that touches the browser API; everything else imports from here. */
import polyfill, { type Runtime } from 'webextension-polyfill';

export const browser = polyfill;

/** `origin` is in both browsers but not yet in the polyfill's types. */
export type MessageSender = Runtime.MessageSender & { origin?: string };

export type Port = Runtime.Port;

/** First Chrome whose messages carry files, where the manifest asks for it. */
const CLONING_CHROME = 148;

/**
 * Whether what is sent by message may hold files: it is cloned, as in Firefox and in Chrome from 148 on, and not written as JSON. Cannot be asked in an
 * offscreen document, which is not told the manifest.
 */
export function carriesFiles(): boolean {
  const [, chrome] = /Chrome\/(\d+)/.exec(navigator.userAgent) ?? [];
  return chrome === undefined || (Number(chrome) >= CLONING_CHROME && 'message_serialization' in browser.runtime.getManifest());
}

/** Calls back when the other end is gone, or was never there. */
export function onClosed(port: Port, then: () => void): void {
  port.onDisconnect.addListener(() => {
    void globalThis.chrome?.runtime?.lastError; // else Chrome writes it into the console
    then();
  });
}

/** False in a page whose extension was updated, switched off or removed since the page was loaded. */
export function isConnected(): boolean {
  return Boolean(globalThis.chrome?.runtime?.id);
}

/**
 * Keeps content scripts from reading and writing what is stored: they live in the pages' own processes. Firefox has no such switch. To be
 * called at each start.
 */
export async function closeStorageToContentScripts(): Promise<void> {
  await chrome.storage.local.setAccessLevel?.({ accessLevel: 'TRUSTED_CONTEXTS' });
}

/** Also where the root is closed, or was closed by the page's markup. Null where there is none. */
export function shadowRootOf(element: Element): ShadowRoot | null {
  const { openOrClosedShadowRoot } = element as { openOrClosedShadowRoot?: ShadowRoot | null }; // Firefox; no page can have written it there
  if (openOrClosedShadowRoot !== undefined) return openOrClosedShadowRoot;
  try {
    return chrome.dom.openOrClosedShadowRoot(element as HTMLElement);
  } catch {
    return element.shadowRoot; // the extension is gone from this page
  }
}

/** Counts as something to do: Firefox stops a background page that has done nothing for half a minute, whatever goes on in it. */
export async function stayAwake(): Promise<void> {
  await browser.runtime.getPlatformInfo();
}

/** A hidden page beside the background (a service worker has no WebGL canvas and is stopped at will). */
export const offscreenPage = {
  /** Not in Firefox, whose background is a page itself. */
  get isOffered(): boolean {
    return globalThis.chrome?.offscreen !== undefined;
  },

  async exists(path: string): Promise<boolean> {
    const contexts = await chrome.runtime.getContexts({
      contextTypes: [chrome.runtime.ContextType.OFFSCREEN_DOCUMENT],
      documentUrls: [chrome.runtime.getURL(path)],
    });
    return contexts.length > 0;
  },

  /** Nothing happens where there is none. */
  async close(): Promise<void> {
    await chrome.offscreen.closeDocument().catch(() => {});
  },

  /** Resolves once the page is loaded, thus its message listener there. */
  async create(path: string): Promise<void> {
    await chrome.offscreen.createDocument({
      url: path,
      reasons: [chrome.offscreen.Reason.BLOBS, chrome.offscreen.Reason.WORKERS],
      justification: 'Cloaks the faces in photos that the user uploads: decodes, changes and encodes them on this device.',
    });
  },
};
