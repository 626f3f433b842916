/** What a person may do, lowest first (R1). */
export const roles = ['user', 'admin', 'super_admin'] as const;

export type Role = (typeof roles)[number];

export function isRole(name: string): name is Role {
  return (roles as readonly string[]).includes(name);
}

/**
 * Whether `held` ranks at least as high as `needed`.
 * An unknown name on either side is refused: `indexOf` gives -1, which must never compare as "high enough" (R1).
 */
export function roleSuffices(held: string, needed: string): boolean {
  return isRole(held) && isRole(needed) && roles.indexOf(held) >= roles.indexOf(needed);
}
