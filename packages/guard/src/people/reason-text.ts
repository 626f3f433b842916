import { displayName } from '../display-name.ts';

/** Why something was done to a person, for people to read: 1 to 500 characters. */
export const reasonText = displayName(500);
