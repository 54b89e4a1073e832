/**
 * Looks of the notice. A constructed stylesheet, since a page's CSP may forbid inline style; `!important` on the host,
 * since there a page's rules would win otherwise.
 */
const css = `
:host {
  all: initial !important;
  display: block !important;
  position: fixed !important;
  inset: auto 16px 16px auto !important;
  z-index: 2147483647 !important;
  width: min(360px, calc(100vw - 32px)) !important;
  max-height: calc(100vh - 32px) !important;
  overflow: visible !important;
  color-scheme: light dark !important;
}

.stack {
  --surface: light-dark(#ffffff, #20262b);
  --edge: light-dark(#dfe5e8, #38424a);
  --ink: light-dark(#17212b, #eef3f5);
  --quiet: light-dark(#55626d, #a9b6bf);
  --accent: light-dark(#0f766e, #3cc6b8);
  --on-accent: light-dark(#ffffff, #04211e);
  --alert: light-dark(#b45309, #f5a742);
  --track: light-dark(#e4ecec, #35414a);
  display: grid;
  gap: 8px;
  font: 14px/1.4 system-ui, sans-serif;
  color: var(--ink);
}

.card {
  display: grid;
  grid-template-columns: 20px 1fr auto;
  gap: 2px 10px;
  padding: 12px 12px 12px 14px;
  border: 1px solid var(--edge);
  border-radius: 12px;
  background: var(--surface);
  box-shadow: 0 8px 28px rgb(10 25 30 / 0.18);
  outline: none;
  animation: rise 160ms ease-out;
}
.card:focus-visible { border-color: var(--accent); box-shadow: 0 0 0 2px var(--accent), 0 8px 28px rgb(10 25 30 / 0.18); }

.icon { width: 20px; height: 20px; color: var(--accent); }
.failed .icon { color: var(--alert); }
.title { margin: 0; font-weight: 600; }
.detail { grid-column: 2 / -1; margin: 0; font-size: 13px; color: var(--quiet); overflow-wrap: anywhere; }

.track { grid-column: 2 / -1; height: 4px; margin-top: 8px; border-radius: 2px; background: var(--track); overflow: hidden; }
.track i { display: block; height: 100%; width: 40%; border-radius: 2px; background: var(--accent); animation: pass 1.3s ease-in-out infinite; }

.actions { grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: 8px; margin-top: 10px; }
button {
  all: unset;
  box-sizing: border-box;
  padding: 6px 11px;
  border: 1px solid var(--edge);
  border-radius: 8px;
  font: 600 13px/1.4 system-ui, sans-serif;
  color: var(--ink);
  cursor: pointer;
}
button:hover { background: var(--track); }
button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
button.primary { border-color: transparent; background: var(--accent); color: var(--on-accent); }
button.primary:hover { filter: brightness(1.08); }
button.dismiss { align-self: start; padding: 0 6px; border: 0; font-size: 16px; line-height: 20px; font-weight: 400; color: var(--quiet); }

@keyframes rise { from { opacity: 0; translate: 0 6px; } }
@keyframes pass { from { translate: -110% 0; } to { translate: 260% 0; } }
@media (prefers-reduced-motion: reduce) {
  .card { animation: none; }
  .track i { animation: none; width: 100%; opacity: 0.5; }
}
@media (forced-colors: active) {
  .card, button { border: 1px solid CanvasText; }
}
`;

export function noticeStyle(): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return sheet;
}
