/** What can be chosen for the case that something goes wrong, and for how much is said. */

/** Where a picture cannot be cloaked. `hold`: ask. `original`: upload the original, and say so. */
export const failurePolicies = ['hold', 'original'] as const;
export type FailurePolicy = (typeof failurePolicies)[number];

/** What the user can have remembered for a site when asked after a failure. */
export const failureChoices = ['original', 'cancel'] as const;
export type FailureChoice = (typeof failureChoices)[number];

/** What the notice on a page speaks of: all that is done, or only what went wrong and what needs the user. Never less than that. */
export const noticeLevels = ['all', 'problems'] as const;
export type NoticeLevel = (typeof noticeLevels)[number];
