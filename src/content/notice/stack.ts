/**
 * Where the cards are: a host in the page's top layer with a closed shadow root, and the keys that lead there and back. The
 * host is in the document only while a card shows: in that of this frame, or, where nobody could see it there, of a frame around it.
 */
import { shadowRootOf } from '../../shared/browser';
import { text } from '../../shared/text';
import { closest, isHtml } from '../nodes';
import { element } from './element';
import { noticeStyle } from './style';

const PLACE_EVERY_MS = 500;

/** Kept from the page: it would take them for a press outside of its dialog, or for its own shortcut. */
const OWN_EVENTS = [
  ...['pointerdown', 'pointerup', 'mousedown', 'mouseup', 'click', 'dblclick', 'contextmenu', 'wheel'],
  ...['keydown', 'keyup', 'keypress', 'focusin', 'focusout', 'input', 'change'],
];

/** What a card and its buttons need, in pixels. */
const LEAST_WIDTH = 240;
const LEAST_HEIGHT = 120;

interface Stack {
  host: HTMLElement;
  root: ShadowRoot;
  list: HTMLElement;
}

type View = Window & typeof globalThis;

let stack: Stack | null = null;
/** The window that shows the cards. */
let stage: View = window;
let placing: ReturnType<typeof setInterval> | undefined;
/** What the page had the focus on before a card took it. */
let focusBefore: Element | null = null;
const onEscape = new WeakMap<Element, () => void>();

function theStack(): Stack {
  if (!stack) {
    const inLanguage = { lang: text('common_locale'), dir: text('common_direction') };
    const host = element('div', { popover: 'manual', ...inLanguage });
    const list = element('div', { class: 'stack', ...inLanguage });
    const root = host.attachShadow({ mode: 'closed' });
    root.append(list);
    for (const type of OWN_EVENTS) host.addEventListener(type, (event) => event.stopPropagation());
    stack = { host, root, list };
  }
  return stack;
}

/** @param escape what the Escape key does while the focus is in the card */
export function show(card: HTMLElement, escape: () => void): void {
  const { list } = theStack();
  onEscape.set(card, escape);
  if (card.parentNode !== list) list.append(card);
  place();
}

export function take(card: HTMLElement): void {
  const hadFocus = card.matches(':focus-within');
  card.remove();
  if (hadFocus) giveFocusBack();
  if (stack) place();
}

export function isShown(card: HTMLElement): boolean {
  return stack !== null && card.parentNode === stack.list;
}

/** Not while somebody is typing in the page. */
export function focusUnlessTyping(card: HTMLElement): void {
  if (![window, stage].some((view) => isTyping(view.document.activeElement))) focus(card);
}

/** Onto the card, not onto a button: a key that was meant for the page must decide nothing. */
function focus(card: HTMLElement): void {
  if (!hasFocus()) focusBefore = stage.document.activeElement;
  card.focus({ preventScroll: true });
}

export function giveFocusBack(): void {
  theStack().list.querySelector<HTMLElement>(':focus')?.blur();
  if (isHtml(focusBefore)) focusBefore.focus({ preventScroll: true });
  focusBefore = null;
}

function hasFocus(): boolean {
  return stage.document.activeElement === theStack().host;
}

/**
 * Keeps the host on top of everything: inside the page's modal dialog while there is one, as all else is inert then, and inside its popover, which a press
 * elsewhere would close.
 */
function place(): void {
  const { host, root, list } = theStack();
  if (list.childElementCount === 0) {
    clearInterval(placing);
    placing = undefined;
    for (const view of [window, stage]) view.removeEventListener('keydown', onKey, true);
    host.remove();
    return;
  }
  stage.removeEventListener('keydown', onKey, true);
  stage = visibleWindow();
  for (const view of [window, stage]) view.addEventListener('keydown', onKey, true);
  const dialog = modalDialog(stage.document) ?? stage.document.documentElement;
  const parent = [...dialog.querySelectorAll('[popover]:popover-open:not([popover=manual])')].at(-1) ?? dialog;
  if (host.parentNode !== parent) parent.append(host);
  if (root.adoptedStyleSheets.length === 0) root.adoptedStyleSheets = [noticeStyle(stage)]; // lost in another document
  const zoom = (parent as { currentCSSZoom?: number }).currentCSSZoom ?? 1; // whatever size the page has given to all
  host.style.setProperty('--unzoom', String(1 / zoom), 'important');
  if (!host.matches(':popover-open')) host.showPopover();
  placing ??= setInterval(place, PLACE_EVERY_MS);
}

/** Which has the focus, also in a shadow root, or else the last of the document's own. */
function modalDialog(of: Document): Element | null {
  let active = of.activeElement;
  for (let root = active && shadowRootOf(active); root?.activeElement; root = shadowRootOf(active)) active = root.activeElement;
  return (active && closest(active, 'dialog:modal')) ?? [...of.querySelectorAll('dialog:modal')].at(-1) ?? null;
}

/** This one, or the nearest around it that is large enough, as far as its origin may look. */
function visibleWindow(): View {
  let view: View = window;
  try {
    while ((view.innerWidth < LEAST_WIDTH || view.innerHeight < LEAST_HEIGHT) && view.parent !== view && view.parent.document) view = view.parent as View;
  } catch {
    // of another origin
  }
  return view;
}

/** F6 goes to the newest card and back, Escape does what the card says. */
function onKey(event: KeyboardEvent): void {
  if (!event.isTrusted) return;
  const { list } = theStack();
  if (event.key === 'F6' && hasFocus()) giveFocusBack();
  else if (event.key === 'F6') focus(list.lastElementChild as HTMLElement);
  else if (event.key === 'Escape' && hasFocus()) onEscape.get(list.querySelector(':scope > :focus-within')!)?.();
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

function isTyping(active: Element | null): boolean {
  return isHtml(active) && (active.isContentEditable || active.matches('input:not([type=file]), textarea, select'));
}
