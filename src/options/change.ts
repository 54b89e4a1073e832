/** What the page asks of the background. */
import { send } from '../shared/messaging';
import { isLocked, type Policy } from '../shared/policy';
import type { Settings } from '../shared/settings';
import { text } from '../shared/text';

export function change(patch: Partial<Settings>): void {
  void send('background', 'changeSettings', { patch });
}

/** For the control of a setting that an organisation may have laid down. */
export function lock(policy: Policy, name: Parameters<typeof isLocked>[1], detail?: string): { disabled: boolean; detail: string | undefined } {
  const disabled = isLocked(policy, name);
  const parts = disabled ? [detail, text('settings_locked')] : [detail];
  return { disabled, detail: parts.filter(Boolean).join(' · ') || undefined };
}
