/** What is done about a key that others report as leaked (K12). Who holds a key may always revoke it. */
export const leakPolicies = ['revoke', 'rotate', 'notify'] as const;
export type LeakPolicy = (typeof leakPolicies)[number];
