/**
 * What an organisation has laid down for its devices (`storage.managed`, managed-schema.json; docs/deployment.md). It goes before what
 * the user has chosen, and the user's own choices come back when it is lifted.
 */
import * as v from 'valibot';
import { browser } from './browser';
import { failurePolicies, noticeLevels } from './choices';
import { metadataPolicies } from './metadataPolicies';
import { isOwnSiteId } from './ownSites';
import type { Settings } from './settings';
import { strengthSchema } from './strengths';

/** As in managed-schema.json; a field that is broken counts as not given. */
const policySchema = v.object({
  /** True: the user can neither switch off nor pause. */
  enabled: v.fallback(v.optional(v.boolean()), undefined),
  /** Ids of listed sites and of own sites (ownSites.ts) that are protected, whatever the user switches off. */
  sites: v.fallback(v.array(v.string()), []),
  failurePolicy: v.fallback(v.optional(v.picklist(failurePolicies)), undefined),
  notice: v.fallback(v.optional(v.picklist(noticeLevels)), undefined),
  thumbnails: v.fallback(v.optional(v.boolean()), undefined),
  strength: v.fallback(v.optional(strengthSchema), undefined),
  metadata: v.fallback(v.optional(v.picklist(metadataPolicies)), undefined),
});

export type Policy = v.InferOutput<typeof policySchema>;

export function parsePolicy(managed: unknown): Policy {
  return v.parse(policySchema, v.is(v.object({}), managed) ? managed : {});
}

/** Firefox rejects where no organisation has laid down anything. */
export async function readPolicy(): Promise<Policy> {
  return parsePolicy(await browser.storage.managed.get().catch(() => ({})));
}

/** The user's settings as far as the policy leaves them. */
export function underPolicy(settings: Settings, { sites, ...values }: Policy): Settings {
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  return {
    ...settings,
    ...given,
    pausedUntil: values.enabled === undefined ? settings.pausedUntil : 0,
    disabledSites: settings.disabledSites.filter((id) => !sites.includes(id)),
    ownSites: [...new Set([...settings.ownSites, ...sites.filter(isOwnSiteId)])],
    // a choice that was remembered for a site would go before the organisation's
    failureChoices: values.failurePolicy === undefined ? settings.failureChoices : {},
  };
}

/** Whether the user cannot change this. */
export function isLocked(policy: Policy, name: Exclude<keyof Policy, 'sites'>): boolean {
  return policy[name] !== undefined;
}
