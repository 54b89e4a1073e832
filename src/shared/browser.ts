/** The one file that touches the browser API; everything else imports from here. */
import polyfill, { type Runtime } from 'webextension-polyfill';

export const browser = polyfill;

/** `origin` is in both browsers but not yet in the polyfill's types. */
export type MessageSender = Runtime.MessageSender & { origin?: string };

/** False in a page whose extension was updated, switched off or removed since the page was loaded. */
export function isConnected(): boolean {
  return Boolean(globalThis.chrome?.runtime?.id);
}

/** Also where the root is closed, or was closed by the page's markup. Null where there is none. */
export function shadowRootOf(element: Element): ShadowRoot | null {
  try {
    return element instanceof HTMLElement ? chrome.dom.openOrClosedShadowRoot(element) : null;
  } catch {
    return element.shadowRoot; // the extension is gone from this page
  }
}

/** Chrome only: the hidden page that hosts the engine (a service worker has no WebGL canvas and is stopped at will). */
export const offscreenPage = {
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
