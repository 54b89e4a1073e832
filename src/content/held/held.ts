/**
 * What is held now, and which part of the page it belongs to. What people and pages do meanwhile asks here; while nothing is held the answer
 * is always no.
 */
import { closest, controlsOf, isHtmlOf, isInside, matches } from '../nodes';

export interface HeldPick {
  /** Where the files were brought in: their input, or what opened the chooser of one in no document; the target of a drop or a paste. */
  place: Element;
  /** What was pressed last before: pressed again, it brings in more. */
  opener: Element | null;
  /** In a chooser. */
  isChosen: boolean;
  /** Resolves when it is over, with whether the page got the files. Never rejects. */
  over: Promise<boolean>;
  /** The user has reset the form: nothing of it is wanted any more. Not where a reset would not have undone it. */
  callOff?(): void;
}

const held = new Set<HeldPick>();
let isAnswering = false;

export function track(pick: HeldPick): void {
  held.add(pick);
  void pick.over.then(() => held.delete(pick));
}

/** The page is about to get the files: what it does with them waits no longer, not even for others that are still held. */
export function release(pick: HeldPick): void {
  held.delete(pick);
  isAnswering = true;
  setTimeout(() => (isAnswering = false));
}

/** Whether the page is just making something of files that it was given. */
export function isPageAnswering(): boolean {
  return isAnswering;
}

export function isAnyHeld(): boolean {
  return held.size > 0;
}

/** A part of the page in which people compose something. */
const SCOPES = 'form, dialog, article, main, [role=dialog], [role=form]';
/** Where nothing is composed, in pages whose main part is all that can be told. */
const ELSEWHERE = 'nav, header, footer, menu, [role=navigation], [role=banner], [role=search], [role=menu], [role=toolbar]';

export function heldPicks(): HeldPick[] {
  return [...held];
}

/** What `actor` would send off without its files, if it acted now. `form`: the one that would be sent. */
export function heldFor(actor: Element, form: HTMLFormElement | null): HeldPick[] {
  return [...held].filter(({ place }) => (form !== null && belongsTo(place, form)) || isBesides(actor, place));
}

export function heldInForm(form: HTMLFormElement): HeldPick[] {
  return [...held].filter(({ place }) => belongsTo(place, form));
}

/** Also from inside a form-associated element, whose own input is no control of the form. */
function belongsTo(place: Element, form: HTMLFormElement): boolean {
  const owner = ownerOf(place);
  if (owner) return owner === form;
  return isInside(place, form) || controlsOf(form).some((control) => isInside(place, control));
}

function isBesides(actor: Element, place: Element): boolean {
  const scope = formOf(place) ?? closest(place, SCOPES) ?? place.ownerDocument.body;
  if (!isInside(actor, scope)) return false;
  return !matches(scope, 'body, main') || closest(actor, ELSEWHERE) === null;
}

export function formOf(element: Element): HTMLFormElement | null {
  return ownerOf(element) ?? (closest(element, 'form') as HTMLFormElement | null);
}

/** Of a control, which may be outside of it. */
function ownerOf(element: Element): HTMLFormElement | null {
  return isHtmlOf(element, 'button', 'input', 'select', 'textarea') ? element.form : null;
}
