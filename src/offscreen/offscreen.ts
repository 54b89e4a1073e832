/** Hosts the engine in Chrome. */
export {};
