/**
 * "Cloak this image…" in the menu of a picture on any page: opens it in the studio. The click itself permits a look at that one tab; the
 * picture is read there, out of what the page has already, and no request goes out for it.
 */
import { browser } from '../shared/browser';
import { dropLeft, leave, studioAddress } from '../shared/handover';
import { text } from '../shared/text';

const ITEM = 'cloak';

export function watchContextMenu(): void {
  browser.runtime.onInstalled.addListener(() => void offer());
  browser.runtime.onStartup.addListener(() => void Promise.all([offer(), dropLeft()]));
  browser.contextMenus.onClicked.addListener(({ menuItemId, srcUrl, frameId }, tab) => {
    if (menuItemId === ITEM && srcUrl && tab?.id !== undefined) void openInStudio(srcUrl, tab.id, frameId ?? 0);
  });
}

async function offer(): Promise<void> {
  await browser.contextMenus.removeAll();
  browser.contextMenus.create({ id: ITEM, contexts: ['image'], title: text('popup_menu_cloak') });
}

async function openInStudio(address: string, tabId: number, frameId: number): Promise<void> {
  const file = await fromPage(address, tabId, frameId).catch(() => null); // a page that nobody may look into
  const url = browser.runtime.getURL(studioAddress(file && (await leave(file))));
  await browser.tabs.create({ url, openerTabId: tabId });
}

/** Null where the page itself may not read it either. */
async function fromPage(address: string, tabId: number, frameId: number): Promise<File | null> {
  const target = { tabId, frameIds: [frameId] };
  const [answer] = await browser.scripting.executeScript({ target, func: readPicture, args: [address] });
  const dataUrl = answer?.result as string | null | undefined;
  const [, type, base64] = /^data:([^;,]*)[^,]*;base64,(.*)$/s.exec(dataUrl ?? '') ?? [];
  if (!base64) return null;
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new File([bytes], nameOf(address, type!), { type: type! });
}

/** The last part of the address, with an ending that fits the type. */
function nameOf(address: string, type: string): string {
  const path = /^https?:/.test(address) ? new URL(address).pathname : '';
  const stem = path.split('/').at(-1)!.replace(/\.[^.]*$/, '') || 'picture';
  return `${stem}.${type.split('/')[1]?.replace('jpeg', 'jpg').replace(/\+.*/, '') ?? 'png'}`;
}

/**
 * Runs in the page, by itself: nothing from outside this function is there. Answers with a data URL, since answers are JSON.
 * The very file, where it can be had without asking the network; else what is shown, as PNG; null where it is of another origin.
 */
async function readPicture(address: string): Promise<string | null> {
  const { protocol, origin } = new URL(address);
  const isHere = protocol === 'data:' || protocol === 'blob:';
  const file = async (): Promise<Blob> => {
    const response = await fetch(address, isHere ? {} : { mode: 'same-origin', cache: 'only-if-cached' });
    return response.ok ? response.blob() : Promise.reject(new Error(response.statusText));
  };
  const shown = async (): Promise<Blob | null> => {
    const image = [...document.images].find(({ currentSrc, complete }) => complete && currentSrc === address);
    if (!image?.naturalWidth) return null;
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
    canvas.getContext('2d')!.drawImage(image, 0, 0);
    return canvas.convertToBlob({ type: 'image/png' });
  };
  const blob = await (isHere || origin === location.origin ? file().catch(shown) : shown()).catch(() => null);
  if (!blob) return null;
  return new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result as string);
    reader.onerror = () => done(null);
    reader.readAsDataURL(blob);
  });
}
