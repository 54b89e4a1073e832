/**
 * File inputs in shadow roots: their `change` never reaches the window, and in a closed root their `input` comes as if the
 * root's host had sent it. The root is listened to from the moment it is made, or else from the first event out of it.
 */
import { SHADOW } from '../../page/names';
import { onNode } from '../../page/wire';
import { shadowRootOf } from '../../shared/browser';
import { asFileInput, guard } from './file-input';

export function watchShadowRoots(wire: EventTarget): void {
  onNode(wire, SHADOW, (host) => {
    const root = shadowRootOf(host as Element);
    if (root) guard(root);
    return true;
  });
}

/** The file inputs that a target at the window stands for: itself, or what is in its closed root, however deep. */
export function inputsBehind(target: EventTarget | undefined): HTMLInputElement[] {
  const input = asFileInput(target);
  if (input) {
    const root = input.getRootNode();
    if (root !== document) guard(root);
    return [input];
  }
  const root = target instanceof Element && !target.shadowRoot ? shadowRootOf(target) : null;
  if (!root) return [];
  guard(root);
  return [...root.querySelectorAll('*')].flatMap((element) => (element instanceof HTMLElement ? inputsBehind(element) : []));
}
