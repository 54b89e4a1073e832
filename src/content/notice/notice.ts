/**
 * The in-page notice: a small card in the corner for each batch that is held. It lives in a closed shadow root in the
 * top layer, so that neither the page's styles nor its dialogs reach it, and only real clicks and keys count.
 */
import type { CloakReport } from '../../engine/types';
import { element, icon } from './element';
import { noticeStyle } from './style';
import { text } from './text';

export type Choice = 'retry' | 'original' | 'cancel';

export interface Failure {
  file: File;
  error?: unknown;
}

/** Progress that is over sooner than this is not worth a look. */
const SHOW_AFTER_MS = 300;
const DONE_FOR_MS = 4500;
const PLACE_EVERY_MS = 500;

/** Kept from the page: it would take them for a press outside of its dialog, or for its own shortcut. */
const OWN_EVENTS = ['pointerdown', 'pointerup', 'mousedown', 'mouseup', 'click', 'keydown', 'keyup', 'keypress', 'focusin', 'focusout'];

interface Stack {
  host: HTMLElement;
  list: HTMLElement;
}

let stack: Stack | null = null;
let placing: ReturnType<typeof setInterval> | undefined;

function openStack(): Stack {
  if (!stack) {
    const host = element('div', { popover: 'manual', lang: 'en', dir: 'ltr' });
    const root = host.attachShadow({ mode: 'closed' });
    const list = element('div', { class: 'stack' });
    root.adoptedStyleSheets = [noticeStyle()];
    root.append(list);
    for (const type of OWN_EVENTS) host.addEventListener(type, (event) => event.stopPropagation());
    stack = { host, list };
  }
  return stack;
}

/** Keeps the host on top of everything: inside the page's modal dialog while there is one, as all else is inert then. */
function place({ host, list }: Stack): void {
  if (list.childElementCount === 0) {
    clearInterval(placing);
    placing = undefined;
    host.remove();
    return;
  }
  const parent = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document.documentElement;
  if (host.parentNode !== parent) parent.append(host);
  if (!host.matches(':popover-open')) host.showPopover();
  placing ??= setInterval(place, PLACE_EVERY_MS, openStack());
}

export interface Card {
  /** `index` pictures of `total` are done, and that share of the next. */
  progress(index: number, total: number, share?: number): void;
  askAfterFailure(failures: Failure[], total: number, signal: AbortSignal): Promise<Choice>;
  /** Says what was done, then goes away. */
  done(reports: CloakReport[], originals: number): void;
  close(): void;
}

export function openCard(): Card {
  const { list } = openStack();
  const card = element('section', { class: 'card' });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const percent = element('span', { 'aria-hidden': 'true' }); // a screen reader would read out every change

  const show = (): void => {
    if (card.parentNode !== list) list.append(card);
    place(openStack());
  };
  const close = (): void => {
    clearTimeout(timer);
    card.remove();
    place(openStack());
  };

  return {
    close,

    progress(index, total, share) {
      if (share !== undefined) {
        percent.textContent = text.share(share);
        return;
      }
      percent.textContent = '';
      const title = element('p', { class: 'title' }, text.working(index, total), percent);
      fill(card, 'status', icon('working'), title, element('p', { class: 'detail' }, text.workingDetail), track(index, total));
      if (card.parentNode !== list) timer ??= setTimeout(show, SHOW_AFTER_MS);
    },

    async askAfterFailure(failures, total, signal) {
      clearTimeout(timer);
      const [first] = failures;
      const detail = text.failedDetail(first!.file.name, first!.error);
      return ask(card, show, text.failed(failures.length, total), detail, signal, [
        ['retry', text.retry],
        ['original', text.original(failures.length)],
        ['cancel', text.cancel],
      ]);
    },

    done(reports, originals) {
      clearTimeout(timer);
      const faces = reports.flatMap((report) => report.faces);
      if (faces.length === 0 && originals === 0) return close();
      const recognised = faces.filter((face) => face.recognised).length;
      const [title, detail] = originals
        ? [text.originalSent(originals), '']
        : [text.done(faces.length), text.doneDetail(reports.length, recognised, reports.some(({ metadata }) => metadata?.dropped.includes('content credentials')))];
      const dismiss = element('button', { class: 'dismiss', type: 'button', 'aria-label': text.close }, '×');
      onPress(dismiss, close);
      const paragraph = element('p', { class: 'detail' }, detail);
      fill(card, 'status', icon(originals ? 'failed' : 'done'), element('p', { class: 'title' }, title), dismiss, paragraph);
      show();
      timer = setTimeout(close, DONE_FOR_MS);
    },
  };
}

function fill(card: HTMLElement, role: 'status' | 'alertdialog', ...children: Node[]): void {
  const isAlert = role === 'alertdialog';
  card.className = isAlert ? 'card failed' : 'card';
  card.setAttribute('role', role);
  card.setAttribute('aria-live', isAlert ? 'assertive' : 'polite');
  card.removeAttribute('tabindex');
  card.removeAttribute('aria-label');
  card.replaceChildren(...children);
}

function track(index: number, total: number): HTMLElement {
  const bar = { class: 'track', role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': String(total), 'aria-valuenow': String(index) };
  return element('div', { ...bar, 'aria-label': text.working(index, total) }, element('i'));
}

/** Shows the choices and waits for one; an aborted signal counts as `cancel`. */
function ask(
  card: HTMLElement,
  show: () => void,
  title: string,
  detail: string,
  signal: AbortSignal,
  choices: [Choice, string][],
): Promise<Choice> {
  return new Promise((resolve) => {
    const before = document.activeElement;
    const finish = (choice: Choice): void => {
      window.removeEventListener('keydown', onKey, true);
      if (before instanceof HTMLElement && document.activeElement === openStack().host) before.focus({ preventScroll: true });
      resolve(choice);
    };
    const onKey = (event: KeyboardEvent): void => {
      if (!event.isTrusted) return;
      const inside = document.activeElement === openStack().host;
      if (event.key === 'F6') card.focus();
      else if (event.key === 'Escape' && inside) finish('cancel');
      else return;
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    const buttons = choices.map(([choice, label], index) => {
      const button = element('button', { type: 'button', class: index === 0 ? 'primary' : '' }, label);
      onPress(button, () => finish(choice));
      return button;
    });
    fill(
      card,
      'alertdialog',
      icon('failed'),
      element('p', { class: 'title' }, title),
      element('p', { class: 'detail' }, detail),
      element('div', { class: 'actions' }, ...buttons),
    );
    describe(card, `${title}. ${detail} ${text.keyboard}`);
    window.addEventListener('keydown', onKey, true);
    signal.addEventListener('abort', () => finish('cancel'), { once: true });
    show();
    // not onto a button: a key that was meant for the page must decide nothing
    if (!isTyping(before)) card.focus({ preventScroll: true });
  });
}

function describe(card: HTMLElement, label: string): void {
  card.setAttribute('tabindex', '-1');
  card.setAttribute('aria-label', label);
}

function isTyping(active: Element | null): boolean {
  return active instanceof HTMLElement && (active.isContentEditable || active.matches('input:not([type=file]), textarea, select'));
}

/** A page can find no button in a closed root, but it could still dispatch on the host: only real presses count. */
function onPress(button: HTMLButtonElement, listener: () => void): void {
  button.addEventListener('click', (event) => {
    if (event.isTrusted) listener();
  });
}
