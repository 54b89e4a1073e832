/**
 * Sent off now, a form or a message would go without the files that are held: a press on a button, Enter, `requestSubmit()` and `submit()` wait, and
 * are done once when the page has the files; not at all when the user cancels. Which of a page's own buttons send something off cannot be
 * known: those that stand where the files were brought in wait, unless they say that they open or switch something.
 */
import { SUBMIT } from '../../bridge/names';
import { onNode } from '../../bridge/wire';
import { listen } from '../listening';
import { closest, controlsOf, isElement, isHtml, isHtmlOf, matches } from '../nodes';
import { anchorIn, insertLine, isTextField, type Anchor } from './caret';
import { sendsNow } from './folder-names';
import { formOf, heldFor, heldInForm, isAnyHeld, isPageAnswering, type HeldPick } from './held';

const BUTTONS = 'button, input[type=submit], input[type=image], input[type=button], [role=button]';
/** They open, switch or choose. */
const NO_SENDERS =
  '[type=reset], [aria-haspopup], [aria-expanded], [aria-pressed], [aria-checked], [popovertarget], [commandfor], [role=tab], [role=switch], [role=menuitem], label *, :has(input[type=file])';

/** By the form, or what was pressed where there is none. */
const waiting = new Map<Element, { enters: Anchor[] }>();
/** While the page hears of what the user does. */
let isUserActing = false;
/** Its `keyup` is kept back like its `keydown`. */
let isEnterKept = false;

export function watchActions(): void {
  for (const type of ['pointerdown', 'pointerup', 'click', 'keydown', 'keyup'] as const) listen(type, noteUser);
  listen('click', onPress);
  listen('keydown', onKeyDown);
  listen('keyup', onKeyUp);
  listen('submit', onSubmit);
  listen('reset', onReset);
}

function noteUser({ isTrusted }: Event): void {
  if (!isTrusted) return;
  isUserActing = true;
  setTimeout(() => (isUserActing = false));
}

/** `form.submit()` fires no `submit`. */
export function watchSubmitCalls(wire: EventTarget): void {
  onNode(wire, SUBMIT, (node) => {
    const form = node as HTMLFormElement;
    const send = (): void => {
      sendsNow(form, null);
      HTMLFormElement.prototype.submit.call(form);
    };
    if (isAnythingUp() && !isPageAnswering() && wait(form, form, form, send)) return true;
    sendsNow(form, null);
    return false;
  });
}

function onPress(event: MouseEvent): void {
  if (!event.isTrusted || !isAnythingUp()) return;
  const button = event.composedPath().find((node) => isElement(node) && matches(node, BUTTONS)) as HTMLElement | undefined;
  if (!button) return;
  const form = formOf(button);
  if (isSubmitter(button) ? form !== null && willBeRefused(form, button) : button.matches(NO_SENDERS) || opensMore(button)) return;
  if (wait(form ?? button, button, form, () => button.click())) stop(event);
}

function isSubmitter(element: Element): element is HTMLButtonElement | HTMLInputElement {
  return element.matches('button, input[type=submit], input[type=image]') && (element as HTMLButtonElement).form !== null && /^(submit|image)$/.test((element as HTMLButtonElement).type);
}

/** Another field is not right: the browser says so at once. */
function willBeRefused(form: HTMLFormElement, submitter: HTMLButtonElement | HTMLInputElement): boolean {
  if (form.noValidate || submitter.formNoValidate) return false;
  const places = heldInForm(form).map(({ place }) => place);
  return controlsOf(form).some((control) => matches(control, ':invalid:not(fieldset)') && !places.some((place) => control === place || closest(place, control.localName) === control));
}

function opensMore(button: Element): boolean {
  return heldFor(button, formOf(button)).some(({ opener, place }) => [opener, place].some((node) => node && button.contains(node)));
}

function onKeyDown(event: KeyboardEvent): void {
  isEnterKept = false;
  if (!event.isTrusted || event.key !== 'Enter' || event.isComposing || event.shiftKey || event.altKey || !isAnythingUp()) return;
  const target = event.composedPath()[0];
  if (!isHtml(target) || !(isTextField(target) || target.isContentEditable)) return;
  if (target.getAttribute('aria-expanded') === 'true' || target.hasAttribute('aria-activedescendant')) return; // chooses a suggestion
  const form = formOf(target);
  const key = form ?? target;
  const enters = waiting.get(key)?.enters ?? [];
  if (!wait(key, target, form, () => replayEnters(target, event, enters), enters)) return;
  stop(event);
  enters.push(anchorIn(target));
  isEnterKept = true;
}

function onKeyUp(event: KeyboardEvent): void {
  if (isEnterKept && event.isTrusted && event.key === 'Enter') stop(event);
}

function onSubmit(event: SubmitEvent): void {
  const form = event.target;
  if (!isAnythingUp() || isPageAnswering() || !isHtmlOf(form, 'form')) return;
  const { submitter } = event;
  const send = (): void => form.requestSubmit(submitter?.isConnected && (submitter as HTMLButtonElement).form === form ? submitter : null);
  if (wait(form, form, form, send)) stop(event);
}

/** Not one that the page makes by itself, as it does after a form was sent: what was chosen since then is for the next one. The page may refuse it. */
function onReset(event: Event): void {
  const form = event.target;
  if (!isUserActing || !isAnythingUp() || !isHtmlOf(form, 'form')) return;
  const picks = heldInForm(form);
  setTimeout(() => {
    if (!event.defaultPrevented) for (const pick of picks) pick.callOff?.();
  });
}

function isAnythingUp(): boolean {
  return isAnyHeld() || waiting.size > 0;
}

function stop(event: Event): void {
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** Whether it waits; what waits already under this key is not done twice. */
function wait(key: Element, actor: Element, form: HTMLFormElement | null, act: () => void, enters: Anchor[] = []): boolean {
  const picks = (): HeldPick[] => heldFor(actor, form);
  if (picks().length === 0) return waiting.has(key);
  if (!waiting.has(key)) {
    waiting.set(key, { enters });
    void whenArrived(picks).then((arrived) => {
      waiting.delete(key);
      if (arrived && actor.isConnected) act();
    });
  }
  return true;
}

async function whenArrived(picks: () => HeldPick[]): Promise<boolean> {
  for (let open = picks(); open.length > 0; open = picks()) {
    const arrived = await Promise.all(open.map(({ over }) => over));
    if (!arrived.every(Boolean)) return false;
    await new Promise((resolve) => setTimeout(resolve)); // what the page makes of the files
  }
  return true;
}

/** What the browser would have done, unless the page takes it: sends the form, or begins a new line where the caret was. */
function replayEnters(target: HTMLElement, event: KeyboardEvent, enters: Anchor[]): void {
  for (const anchor of enters.splice(0)) {
    const { key, code, ctrlKey, metaKey, location, view } = event;
    const init = { key, code, ctrlKey, metaKey, location, view, keyCode: 13, which: 13, bubbles: true, cancelable: true, composed: true };
    const isTaken = !target.dispatchEvent(new KeyboardEvent('keydown', init)) || !target.dispatchEvent(new KeyboardEvent('keypress', { ...init, charCode: 13 }));
    target.dispatchEvent(new KeyboardEvent('keyup', init));
    anchor.forget();
    if (isTaken) return;
    if (isHtmlOf(target, 'input')) return void sendByEnter(target.form);
    if (!ctrlKey && !metaKey) insertLine(target, anchor);
  }
}

function sendByEnter(form: HTMLFormElement | null): void {
  const controls = form ? controlsOf(form) : [];
  const button = controls.find(isSubmitter);
  if (button) button.click(); // nothing where it is disabled
  else if (controls.filter((control) => isHtmlOf(control, 'input') && isTextField(control)).length === 1) form!.requestSubmit();
}
