/**
 * The in-page notice: a small card in the corner for each batch that is held. It says what is being done and what was, and
 * asks where the user must decide; only real clicks and keys count. That originals go on is said in a window of the extension's own, which it opens: a page could
 * have a press on something else land here.
 */
import type { CloakReport } from '../../engine/types';
import type { FailureChoice, NoticeLevel } from '../../shared/choices';
import { isConnected } from '../../shared/browser';
import { errorText } from '../../shared/errorText';
import { send } from '../../shared/messaging';
import { percent, plural, number, text } from '../../shared/text';
import { element, icon } from './element';
import { focusUnlessTyping, giveFocusBack, isShown, show, take } from './stack';
import { readWords } from './words';

export type Choice = 'retry' | FailureChoice;

export interface Failure {
  original: File;
  error?: unknown;
}

export interface Progress {
  /** How many pictures are done, of how many. */
  index: number;
  total: number;
  /** Name of the next one's file. */
  name: string;
  /** How much of the next one is done, 0 to 1; 0 also where that is not known. */
  share: number;
}

export interface Answer {
  choice: Choice;
  /** Whether this site shall do so from now on without asking. */
  remember: boolean;
}

/** What the page got, or did not. */
export interface Result {
  /** Of the cloaked pictures. */
  reports: CloakReport[];
  /** Pictures that went on as they are. */
  uncloaked: number;
  /** Why nobody was asked about those. */
  because: 'policy' | 'site' | null;
}

export interface Card {
  progress(progress: Progress): void;
  /** An aborted signal counts as `cancel`. */
  askAfterFailure(failures: Failure[], total: number, mayRemember: boolean, signal: AbortSignal): Promise<Answer>;
  /** Whether to try again to give the page what is ready. An aborted signal counts as no. */
  askAfterDelivery(name: string, error: unknown, signal: AbortSignal): Promise<boolean>;
  /**
   * Says what was done, then goes away; resolves then.
   * @param undo gives the page the originals instead; false when it is too late. Null where that cannot be done.
   */
  done(result: Result, undo: (() => boolean) | null): Promise<void>;
  /** Says that the page got nothing, by what the site remembers, of so many pictures that could not be cloaked. */
  dropped(pictures: number): void;
  /** Says that not every way into this page can be held. */
  unprotectable(): void;
  /** Says that the page got nothing, for a reason that nobody foresaw. */
  failed(error: unknown): void;
  /** Resolves when the user is not asked whether originals shall go on, or the signal aborts. */
  settled(signal: AbortSignal): Promise<void>;
  close(): void;
}

interface Question {
  title: string;
  /** Of the file that it is about. */
  name: string;
  detail: string;
  /** The first is the one that helps. Each calls back when it is decided. */
  choices: [label: string, press: (choose: (choice: Choice) => void) => void][];
  more: Node[];
  signal: AbortSignal;
}

/** Progress that is over sooner than this is not worth a look; to somebody who wants to hear of problems only, it is one when it takes long. */
const SHOW_AFTER_MS: Record<NoticeLevel, number> = { all: 300, problems: 5000 };
const DONE_FOR_MS = 4500;
const UNDO_FOR_MS = 10_000;
/** A pointer that presses sooner after a card has come or changed was after something else. */
const SETTLES_MS = 400;

/** The last card that says what was done, while it shows: pictures that a page reads one by one are told of together. */
let lastDone: { card: HTMLElement; reports: CloakReport[]; close(): void } | null = null;

/**
 * @param names of the files that are held
 * @param onChoice hears what the user chose while it was still being worked on
 */
export function openCard(level: NoticeLevel, names: string[], onChoice: (choice: FailureChoice) => void): Card {
  readWords();
  const card = element('section', { class: 'card', tabindex: '-1' });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let changed = 0;
  let update: ((progress: Progress) => void) | null = null;
  let onClose = (): void => {};
  /** What the user has not yet answered in the other window. */
  let asking: Promise<void> | null = null;

  const close = (): void => {
    clearTimeout(timer);
    take(card);
    onClose();
  };

  const fill = (role: 'status' | 'alertdialog', label: string, nodes: Node[]): void => {
    changed = performance.now();
    update = null;
    const isAlert = role === 'alertdialog';
    card.classList.toggle('failed', isAlert);
    for (const [name, value] of Object.entries({ role, 'aria-live': isAlert ? 'assertive' : 'polite', 'aria-atomic': 'false', 'aria-label': label })) {
      card.setAttribute(name, value);
    }
    card.replaceChildren(...nodes);
  };

  /**
   * Asks there whether these shall go on as they are; once at a time.
   * @param remember whether its box is ticked to begin with; null: has none
   */
  const release = (files: string[], remember: boolean | null, onReleased: (remember: boolean) => void): void => {
    asking ??= send('background', 'askRelease', { names: files, remember })
      .then(
        (answer) => answer.isReleased && onReleased(answer.remember),
        () => false, // nobody was asked: nothing goes
      )
      .then(() => void (asking = null));
  };

  /** Only real presses count: a page can find no button in a closed root, but it could still dispatch on the host. */
  const button = (label: string, kind: string, press: () => void): HTMLButtonElement => {
    const node = element('button', { type: 'button', class: kind }, label);
    node.addEventListener('click', (event) => {
      const isPointer = event.detail > 0;
      if (event.isTrusted && !(isPointer && performance.now() - changed < SETTLES_MS)) press();
    });
    return node;
  };

  const dismiss = (): HTMLButtonElement => {
    const node = button('', 'dismiss', close);
    node.setAttribute('aria-label', text('notice_close'));
    node.append(icon('remove'));
    return node;
  };

  const say = (kind: 'shield' | 'warning', title: string, detail: string, milliseconds: number, ...more: Node[]): void => {
    clearTimeout(timer);
    fill('status', text('common_name'), [icon(kind), paragraph('title', title), dismiss(), paragraph('detail', detail), ...more]);
    card.classList.toggle('failed', kind === 'warning');
    show(card, close);
    const closeUnlessInUse = (): void => {
      if (asking || card.matches(':hover, :focus-within')) timer = setTimeout(closeUnlessInUse, 1000);
      else close();
    };
    timer = setTimeout(closeUnlessInUse, milliseconds);
  };

  /** Shows how far it is, and what can still be decided. */
  const work = (first: Progress): void => {
    const title = paragraph('title', '');
    const share = element('span', { class: 'share', 'aria-hidden': 'true' }); // a screen reader would read out every change
    const name = paragraph('name', '');
    const bar = element('i');
    const track = element('div', { class: 'track', role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': '100' }, bar);
    const choices = [
      ...(isConnected() ? [button(plural('notice_original', first.total), 'plain', () => release(names, null, () => onChoice('original')))] : []),
      button(text('notice_cancel'), 'plain', () => onChoice('cancel')),
    ];
    const actions = element('div', { class: 'actions' }, ...choices);
    const detail = paragraph('detail', plural('notice_wait', first.total));
    fill('status', text('common_name'), [icon('cloaked'), title, share, ...(first.total > 1 ? [name] : []), track, detail, actions]);
    update = ({ index, total, name: file, share: ofPicture }) => {
      const words = total > 1 ? text('notice_working_of', number(index + 1), number(total)) : text('notice_working');
      if (title.textContent !== words) title.textContent = words;
      track.setAttribute('aria-label', words);
      name.replaceChildren(element('bdi', {}, file));
      const done = (index + ofPicture) / total;
      share.textContent = done > 0 ? percent(done) : '';
      if (done === 0) return track.removeAttribute('aria-valuenow');
      track.setAttribute('aria-valuenow', String(Math.round(100 * done)));
      bar.style.inlineSize = `${100 * done}%`;
    };
  };

  const ask = ({ title, name, detail, choices, more, signal }: Question): Promise<Choice> => {
    clearTimeout(timer);
    timer = undefined;
    return new Promise((resolve) => {
      const choose = (choice: Choice): void => {
        giveFocusBack();
        resolve(choice);
      };
      const buttons = choices.map(([label, press], index) => button(label, index === 0 ? 'primary' : '', () => press(choose)));
      const file = paragraph('name', '');
      file.append(element('bdi', {}, name));
      const nodes = [icon('warning'), paragraph('title', title), file, paragraph('detail', detail), element('div', { class: 'actions' }, ...buttons)];
      fill('alertdialog', `${title}. ${name}: ${detail} ${text('notice_keyboard')}`, [...nodes, ...more]);
      signal.addEventListener('abort', () => choose('cancel'), { once: true });
      if (signal.aborted) choose('cancel');
      show(card, () => choose('cancel'));
      focusUnlessTyping(card);
    });
  };

  return {
    close,

    async settled(signal) {
      if (signal.aborted) return;
      const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      await Promise.race([asking, aborted]);
    },

    progress(progress) {
      if (!update) work(progress);
      update!(progress);
      if (!isShown(card)) timer ??= setTimeout(() => show(card, giveFocusBack), SHOW_AFTER_MS[level]);
    },

    async askAfterFailure(failures, total, mayRemember, signal) {
      const { original, error } = failures[0]!;
      const title = total > 1 ? plural('notice_failed_of', failures.length, number(total)) : text('notice_failed');
      const box = element('input', { type: 'checkbox' });
      const remember = element('label', { class: 'remember' }, box, text('notice_remember'));
      let isForSite = false;
      const releasing: Question['choices'][number] = [
        plural('notice_original', failures.length),
        (choose) =>
          release(failures.map(({ original: { name } }) => name), mayRemember ? box.checked : null, (forSite) => {
            isForSite = forSite;
            choose('original');
          }),
      ];
      const choices: Question['choices'] = [
        [text('notice_retry'), (choose) => choose('retry')],
        ...(isConnected() ? [releasing] : []),
        [text('notice_cancel'), (choose) => choose('cancel')],
      ];
      const detail = `${errorText(error)} ${text('notice_nothing_sent')}`;
      const choice = await ask({ title, name: original.name, detail, choices, more: mayRemember ? [remember] : [], signal });
      return { choice, remember: choice === 'original' ? isForSite : box.checked };
    },

    async askAfterDelivery(name, error, signal) {
      const choices: Question['choices'] = [
        [text('notice_retry'), (choose) => choose('retry')],
        [text('notice_cancel'), (choose) => choose('cancel')],
      ];
      return (await ask({ title: text('notice_undelivered'), name, detail: errorText(error), choices, more: [], signal })) === 'retry';
    },

    async done({ reports, uncloaked, because }, undo) {
      clearTimeout(timer);
      if (uncloaked > 0) {
        const why = { policy: text('notice_by_policy'), site: text('notice_by_site') };
        return say('warning', plural('notice_uncloaked', uncloaked), because ? why[because] : '', DONE_FOR_MS);
      }
      if (reports.length === 0 || level === 'problems') return close();
      const together = [...(lastDone?.reports ?? []), ...reports];
      lastDone?.close();
      const gone = new Promise<void>((resolve) => {
        onClose = () => {
          if (lastDone?.card === card) lastDone = null;
          resolve();
        };
      });
      const takeBack =
        undo &&
        isConnected() &&
        button(text('notice_undo'), 'plain', () =>
          release(names, null, () => {
            const words = undo() ? text('notice_undone') : text('notice_too_late');
            say('warning', words, '', DONE_FOR_MS);
          }),
        );
      say('shield', plural('notice_done', facesOf(together).length), detailOf(together), undo ? UNDO_FOR_MS : DONE_FOR_MS, ...(takeBack ? [element('div', { class: 'actions' }, takeBack)] : []));
      if (undo) return gone;
      lastDone = { card, reports: together, close };
    },

    failed(error) {
      say('warning', text('notice_failed'), `${errorText(error)} ${text('notice_nothing_sent')}`, UNDO_FOR_MS);
    },

    unprotectable() {
      say('warning', text('notice_unprotectable'), text('notice_unprotectable_why'), UNDO_FOR_MS);
    },

    dropped(pictures) {
      say('warning', plural('notice_dropped', pictures), text('notice_by_site'), DONE_FOR_MS);
    },
  };
}

function paragraph(kind: string, words: string): HTMLElement {
  return element('p', { class: kind }, words);
}

function facesOf(reports: CloakReport[]): CloakReport['faces'] {
  return reports.flatMap(({ faces }) => faces);
}

function detailOf(reports: CloakReport[]): string {
  const stillKnown = facesOf(reports).filter(({ recognised }) => recognised).length;
  const hadCredentials = reports.some(({ metadata }) => metadata?.dropped.includes('content credentials'));
  return [
    reports.length > 1 ? plural('notice_where', reports.length) : text('notice_here'),
    ...(stillKnown > 0 ? [plural('notice_still_known', stillKnown)] : []),
    ...(hadCredentials ? [text('notice_credentials')] : []),
  ].join(' ');
}
