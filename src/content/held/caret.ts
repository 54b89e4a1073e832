/**
 * Places in a text that somebody goes on typing in: where something was pasted or a line begun, found again later. What was typed meanwhile
 * stands after them, and the caret is put back to where it was.
 */
import { pause } from '../../shared/timeLimit';
import { isHtml, isHtmlOf } from '../nodes';

export interface Anchor {
  /** What is inserted now goes there. Returns what puts the caret back to where it was, or behind what was inserted, if it was there. */
  enter(): () => void;
  /** Whether somebody has gone on since. */
  hasMoved(): boolean;
  forget(): void;
}

interface Live {
  isAt(other: Live): boolean;
  /** What was inserted at the same place before comes before. */
  goBehind(): void;
}

/** In the order in which they were made. */
const anchors = new Set<Live>();

function twinsOf(anchor: Live): Live[] {
  const all = [...anchors];
  return all.slice(all.indexOf(anchor) + 1).filter((other) => anchors.has(anchor) && other.isAt(anchor));
}

type TextField = HTMLInputElement | HTMLTextAreaElement;

const NO_TEXT = ['button', 'checkbox', 'color', 'date', 'datetime-local', 'file', 'hidden', 'image', 'month', 'radio', 'range', 'reset', 'submit', 'time', 'week'];

export function isTextField(target: Element): target is TextField {
  return isHtmlOf(target, 'textarea') || (isHtmlOf(target, 'input') && !NO_TEXT.includes(target.type));
}

/** Where the caret is now, or what is selected. */
export function anchorIn(target: Element): Anchor {
  if (isTextField(target)) return new FieldAnchor(target);
  return isHtml(target) && target.isContentEditable ? new HostAnchor(target) : NOWHERE;
}

const NOWHERE: Anchor = { enter: () => () => {}, hasMoved: () => false, forget: () => {} };

const TYPING = ['keydown', 'keypress', 'beforeinput', 'compositionstart', 'pointerdown'] as const;
/** For what a key does, which comes after the key itself. */
const KEY_MS = 50;

/** As `enter`, once editors have seen it, which follow the caret by an event. Whoever types before that types on where they were. */
export async function enterUndisturbed(anchor: Anchor): Promise<() => void> {
  for (;;) {
    const goBack = anchor.enter();
    let isDisturbed = false;
    const onTyping = ({ isTrusted }: Event): void => {
      if (!isTrusted || isDisturbed) return;
      isDisturbed = true;
      goBack();
    };
    for (const type of TYPING) window.addEventListener(type, onTyping, true);
    await pause(0);
    for (const type of TYPING) window.removeEventListener(type, onTyping, true);
    if (!isDisturbed) return goBack;
    await pause(KEY_MS);
  }
}

/** At the anchor, with the caret staying where it is. */
export function insertLine(target: HTMLElement, anchor: Anchor): void {
  const goBack = anchor.enter();
  const insertion = new InputEvent('beforeinput', { inputType: isTextField(target) ? 'insertLineBreak' : 'insertParagraph', bubbles: true, cancelable: true, composed: true });
  if (target.dispatchEvent(insertion)) document.execCommand(isTextField(target) ? 'insertText' : 'insertParagraph', false, '\n');
  goBack();
}

/** By offsets that follow what is typed before them. */
class FieldAnchor implements Anchor, Live {
  private start: number;
  private end: number;
  private value: string;

  constructor(private readonly field: TextField) {
    this.start = field.selectionStart ?? field.value.length;
    this.end = field.selectionEnd ?? this.start;
    this.value = field.value;
    field.addEventListener('input', this.follow, true);
    anchors.add(this);
  }

  private readonly follow = (): void => {
    const { value } = this.field;
    const same = sameLength(this.value, value);
    const longer = value.length - this.value.length;
    if (same < this.start) [this.start, this.end] = [Math.max(same, this.start + longer), Math.max(same, this.end + longer)];
    else if (same < this.end) this.end = this.start; // what was selected has been typed over
    this.value = value;
  };

  enter(): () => void {
    const { field } = this;
    const [length, caret, moved, twins] = [field.value.length, field.selectionEnd, this.hasMoved(), twinsOf(this)];
    const giveFocusBack = keepFocus();
    field.focus();
    field.setSelectionRange(this.start, this.end);
    return () => {
      for (const twin of twins) twin.goBehind();
      const now = (caret ?? 0) + field.value.length - length;
      if (moved) field.setSelectionRange(now, now);
      giveFocusBack();
    };
  }

  hasMoved(): boolean {
    return this.field.selectionStart !== this.start || this.field.selectionEnd !== this.end;
  }

  isAt(other: Live): boolean {
    return other instanceof FieldAnchor && other.field === this.field && other.start === this.start;
  }

  goBehind(): void {
    this.start = this.end = this.field.selectionEnd ?? this.start;
  }

  forget(): void {
    anchors.delete(this);
    this.field.removeEventListener('input', this.follow, true);
  }
}

/** Of what two texts begin with. */
function sameLength(before: string, now: string): number {
  let same = 0;
  while (same < before.length && before[same] === now[same]) same += 1;
  return same;
}

/** By a range, and by its offset in the text where the browser moves the range: it writes spaces anew when somebody types beside them. */
class HostAnchor implements Anchor, Live {
  private readonly host: Element;
  private readonly selection: Selection | null;
  private range: Range | null;
  private start: number;
  private value: string;

  constructor(target: Element) {
    this.host = hostOf(target);
    this.selection = selectionAt(target);
    this.range = this.caret()?.cloneRange() ?? null;
    this.start = this.range ? textBefore(this.range, this.host) : 0;
    this.value = textOf(this.host);
    this.host.addEventListener('input', this.follow, true);
    anchors.add(this);
  }

  private readonly follow = (): void => {
    const value = textOf(this.host);
    const same = sameLength(this.value, value);
    if (same < this.start) this.start = Math.max(same, this.start + value.length - this.value.length);
    this.value = value;
  };

  private correct(): void {
    if (!this.range || !this.host.contains(this.range.startContainer) || textBefore(this.range, this.host) === this.start) return;
    const place = placeBefore(this.value.length - this.start, this.host);
    if (!place) return;
    this.range.setStart(...place);
    this.range.collapse(true);
  }

  private caret(): Range | null {
    return this.selection?.rangeCount ? this.selection.getRangeAt(0) : null;
  }

  enter(): () => void {
    this.follow();
    this.correct();
    const { range, selection, host } = this;
    if (!range || !selection) return () => {};
    const [moved, twins, giveFocusBack] = [this.hasMoved(), twinsOf(this), keepFocus()];
    const rest = moved ? textAfter(this.caret()!, host) : 0;
    if (isHtml(host) && !host.contains(document.activeElement)) host.focus();
    selection.removeAllRanges();
    selection.addRange(range.cloneRange());
    return () => {
      for (const twin of twins) twin.goBehind();
      const place = moved && placeBefore(rest, host);
      if (place) selection.collapse(...place);
      giveFocusBack();
    };
  }

  hasMoved(): boolean {
    const now = this.caret();
    return !!now && !!this.range && this.host.contains(now.startContainer) && !isSame(now, this.range) && between(this.range, now) !== '';
  }

  isAt(other: Live): boolean {
    return other instanceof HostAnchor && !!this.range && !!other.range && isSame(this.range, other.range);
  }

  goBehind(): void {
    this.range = this.caret()?.cloneRange() ?? this.range;
    this.range?.collapse();
    this.start = this.range ? textBefore(this.range, this.host) : 0;
    this.value = textOf(this.host);
  }

  forget(): void {
    anchors.delete(this);
    this.host.removeEventListener('input', this.follow, true);
  }
}

function isSame(a: Range, b: Range): boolean {
  return a.startContainer === b.startContainer && a.startOffset === b.startOffset && a.endContainer === b.endContainer && a.endOffset === b.endOffset;
}

/** The text from the one's end to the other's start, whichever is first. */
function between(a: Range, b: Range): string {
  const range = document.createRange();
  const [first, second] = a.compareBoundaryPoints(Range.START_TO_START, b) <= 0 ? [a, b] : [b, a];
  range.setStart(first.endContainer, first.endOffset);
  range.setEnd(second.startContainer, second.startOffset);
  return range.toString();
}

/** Whoever has gone to another field meanwhile stays there. */
function keepFocus(): () => void {
  const active = document.activeElement;
  return () => {
    if (isHtml(active) && active !== document.activeElement && active !== document.body) active.focus();
  };
}

function selectionAt(target: Element): Selection | null {
  const root = target.getRootNode() as Partial<Pick<Document, 'getSelection'>>;
  return root.getSelection?.() ?? document.getSelection();
}

/** The editable element that the caret can move in. */
function hostOf(target: Element): Element {
  let host = target;
  for (let parent = target.parentElement; parent?.isContentEditable; parent = parent.parentElement) host = parent;
  return host;
}

/** How many characters stand after the caret. */
function textAfter(caret: Range, host: Element): number {
  const range = document.createRange();
  range.setStart(caret.endContainer, caret.endOffset);
  range.setEnd(host, host.childNodes.length);
  return range.toString().length;
}

function textBefore(caret: Range, host: Element): number {
  const range = document.createRange();
  range.setStart(host, 0);
  range.setEnd(caret.startContainer, caret.startOffset);
  return range.toString().length;
}

/** With all spaces alike. */
function textOf(host: Element): string {
  return host.textContent!.replaceAll('\u00a0', ' ');
}

/** Where so many characters stand after it. */
function placeBefore(characters: number, host: Element): [Text, number] | null {
  const walker = document.createTreeWalker(host, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  let rest = characters;
  for (const text of texts.reverse()) {
    if (rest <= text.length) return [text, text.length - rest];
    rest -= text.length;
  }
  return null;
}
