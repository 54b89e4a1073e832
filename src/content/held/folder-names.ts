/**
 * A form that the browser itself sends names the files of a chosen folder by where they were there. That cannot be written into a file that
 * a script has made: it is put into what is sent. The same names in a page's own `FormData` would be seen there.
 */
import { listen } from '../listening';
import { isHtmlOf } from '../nodes';

const paths = new WeakMap<File, string>();

/** What is being sent by the browser in this very moment. */
let sent: { form: HTMLFormElement; event: SubmitEvent | null } | null = null;

export function watchFolderNames(): void {
  listen('submit', (event) => {
    if (isHtmlOf(event.target, 'form')) sendsNow(event.target, event);
  });
  listen('formdata', onFormData);
}

/** @param files as the input has them, each where the original of the same index was */
export function nameByPath(files: File[], originals: File[]): void {
  for (const [index, file] of files.entries()) {
    const path = originals[index]?.webkitRelativePath;
    if (path) paths.set(file, path);
  }
}

/** @param event whose listeners come first; null where there is none */
export function sendsNow(form: HTMLFormElement, event: SubmitEvent | null): void {
  const now = (sent = { form, event });
  setTimeout(() => {
    if (sent === now) sent = null;
  });
}

function onFormData({ target, formData }: FormDataEvent): void {
  const isSent = sent?.form === target && (!sent?.event || (sent.event.eventPhase === Event.NONE && !sent.event.defaultPrevented));
  if (!isSent) return;
  const entries = [...formData];
  if (!entries.some(([, value]) => value instanceof File && paths.has(value))) return;
  for (const [name] of entries) formData.delete(name);
  for (const [name, value] of entries) {
    if (value instanceof File) formData.append(name, value, paths.get(value) ?? value.name);
    else formData.append(name, value);
  }
}
