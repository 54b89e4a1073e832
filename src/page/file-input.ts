/** Finds the file input that a click on something opens. */
import { apply, inputType, labelControl } from './natives';

/** The input itself, or the one a label stands for; null for everything else. */
export function fileInputBehind(target: unknown): EventTarget | null {
  if (read(inputType, target) === 'file') return target as EventTarget;
  const control = read(labelControl, target);
  return control && read(inputType, control) === 'file' ? (control as EventTarget) : null;
}

/** The getters throw on an object of another kind. */
function read(getter: () => unknown, target: unknown): unknown {
  try {
    return apply(getter, target as object, []);
  } catch {
    return null;
  }
}
