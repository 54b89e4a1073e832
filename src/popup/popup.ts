/** What the toolbar button shows. */
export {};
