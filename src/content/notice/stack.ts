/**
 * Where the cards are: a host in the page's top layer with a closed shadow root, and the keys that lead there and back. The
 * host is in the document only while a card shows.
 */
import { text } from '../../shared/text';
import { element } from './element';
import { noticeStyle } from './style';

const PLACE_EVERY_MS = 500;

/** Kept from the page: it would take them for a press outside of its dialog, or for its own shortcut. */
const OWN_EVENTS = [
  ...['pointerdown', 'pointerup', 'mousedown', 'mouseup', 'click', 'dblclick', 'contextmenu', 'wheel'],
  ...['keydown', 'keyup', 'keypress', 'focusin', 'focusout', 'input', 'change'],
];

interface Stack {
  host: HTMLElement;
  list: HTMLElement;
}

let stack: Stack | null = null;
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
    root.adoptedStyleSheets = [noticeStyle()];
    root.append(list);
    for (const type of OWN_EVENTS) host.addEventListener(type, (event) => event.stopPropagation());
    stack = { host, list };
  }
  return stack;
}

/** @param escape what the Escape key does while the focus is in the card */
export function show(card: HTMLElement, escape: () => void): void {
  const { list } = theStack();
  onEscape.set(card, escape);
  if (card.parentNode !== list) list.append(card);
  window.addEventListener('keydown', onKey, true);
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
  if (!isTyping(document.activeElement)) focus(card);
}

/** Onto the card, not onto a button: a key that was meant for the page must decide nothing. */
function focus(card: HTMLElement): void {
  if (!hasFocus()) focusBefore = document.activeElement;
  card.focus({ preventScroll: true });
}

export function giveFocusBack(): void {
  theStack().list.querySelector<HTMLElement>(':focus')?.blur();
  if (focusBefore instanceof HTMLElement) focusBefore.focus({ preventScroll: true });
  focusBefore = null;
}

function hasFocus(): boolean {
  return document.activeElement === theStack().host;
}

/** Keeps the host on top of everything: inside the page's modal dialog while there is one, as all else is inert then. */
function place(): void {
  const { host, list } = theStack();
  if (list.childElementCount === 0) {
    clearInterval(placing);
    placing = undefined;
    window.removeEventListener('keydown', onKey, true);
    host.remove();
    return;
  }
  const parent = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document.documentElement;
  if (host.parentNode !== parent) parent.append(host);
  if (!host.matches(':popover-open')) host.showPopover();
  placing ??= setInterval(place, PLACE_EVERY_MS);
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
  return active instanceof HTMLElement && (active.isContentEditable || active.matches('input:not([type=file]), textarea, select'));
}
