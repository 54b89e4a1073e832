/**
 * Lets the event loop run other tasks, such as a message that says "abort". `requestAnimationFrame` never fires in an
 * offscreen document, and timers are slowed down in hidden pages; a message to oneself is neither.
 */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
