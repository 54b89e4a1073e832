/** Files dropped on a file input. A drop made by script does not fill it: what the browser would do is done here. */
import { setFiles } from './file-input';

export function dropOnInput(input: HTMLInputElement, files: File[]): void {
  if (input.disabled) return;
  setFiles(input, input.multiple ? files : files.slice(0, 1));
}
