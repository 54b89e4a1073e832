/** A required file input whose files are held counts as filled: the page's form is valid, and what would send it waits. */
const lifted = new WeakSet<HTMLInputElement>();

export function countAsFilled(input: HTMLInputElement): void {
  if (!input.required) return;
  input.required = false;
  lifted.add(input);
}

/** The input has its files, or will have none. */
export function countAsItIs(input: HTMLInputElement): void {
  if (lifted.delete(input)) input.required = true;
}
