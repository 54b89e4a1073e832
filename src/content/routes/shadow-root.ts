/**
 * File inputs in shadow roots: their `change` never reaches the window, and in a closed root their `input` comes as if the
 * root's host had sent it. The root is listened to from the moment it is made, or else from the first event out of it.
 */
import { SHADOW } from '../../bridge/names';
import { onNode } from '../../bridge/wire';
import { shadowRootOf } from '../../shared/browser';
import { isElement, isHtml } from '../nodes';
import { asFileInput, guard } from './file-input';

export function watchShadowRoots(wire: EventTarget): void {
  onNode(wire, SHADOW, (host) => {
    const root = shadowRootOf(host as Element);
    if (root) guard(root);
    return true;
  });
}

/**
 * The file inputs that a click with this target may open. A closed root may hold thousands of elements: instead of a look into the roots of each
 * of them, the click is met again on its way through.
 */
export function inputsClicked(target: EventTarget | undefined): HTMLInputElement[] {
  const root = asFileInput(target) ? null : closedRootOf(target);
  if (!root) return asFileInput(target) ? inputsBehind(target) : [];
  guard(root);
  root.addEventListener('click', onClickWithin, true);
  return [...root.querySelectorAll('input')].filter(asFileInput);
}

function onClickWithin(event: Event): void {
  for (const input of inputsClicked(event.composedPath()[0])) guard(input);
}

function closedRootOf(target: EventTarget | undefined): ShadowRoot | null {
  return isElement(target) && !target.shadowRoot ? shadowRootOf(target) : null;
}

/**
 * Where an event came from, also in closed roots, of which the window hears only that it came from their host.
 * @param inRoot what it came from there, as far as that root can tell
 */
export function targetOf(event: Event, inRoot: (root: ShadowRoot) => Element | null): Element | null {
  let target = event.composedPath()[0];
  for (let root = closedRootOf(target); root; root = closedRootOf(target)) {
    const inner = inRoot(root);
    if (inner?.getRootNode() !== root) break;
    target = inner;
  }
  return isElement(target) ? target : null;
}

/** The file inputs that a target at the window stands for: itself, or what is in its closed root, however deep. */
export function inputsBehind(target: EventTarget | undefined): HTMLInputElement[] {
  const input = asFileInput(target);
  if (input) {
    const root = input.getRootNode();
    if (root !== document) guard(root);
    return [input];
  }
  const root = closedRootOf(target);
  if (!root) return [];
  guard(root);
  return [...root.querySelectorAll('*')].flatMap((element) => (isHtml(element) ? inputsBehind(element) : []));
}
