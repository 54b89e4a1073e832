/**
 * Our listeners at a window. Opening a document (`document.open()`, or writing into it when it is loaded) takes away all
 * listeners of its window, ours too: they are put back before the page can add its own.
 */
type Listener<T extends keyof WindowEventMap> = (event: WindowEventMap[T]) => void;

const listeners: [type: string, listener: EventListener][] = [];

/** Captures at the window: nobody is earlier. */
export function listen<T extends keyof WindowEventMap>(type: T, listener: Listener<T>): void {
  listeners.push([type, listener as EventListener]);
  window.addEventListener(type, listener as EventListener, true);
}

/** Adding a listener that is there does nothing. */
export function listenAgain(view: Window): void {
  for (const [type, listener] of listeners) view.addEventListener(type, listener, true);
}

/** For a page that opens its document in ways that we are not told of: late, but before the user can do anything. */
export function watchDocument(): void {
  new MutationObserver(() => listenAgain(window)).observe(document, { childList: true });
}
