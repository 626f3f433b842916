import { pgTable, text, timestamp } from 'drizzle-orm/pg-core';

const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** What contents and files are given to: pinning providers and stores of media. */
export const outsideServiceNames = ['pinata', 'pinning-service', 's3', 'imagekit'] as const;
export type OutsideServiceName = (typeof outsideServiceNames)[number];

/** `refused`: it does not take our credentials. `away`: it does not answer as it should. */
export const outsideStates = ['ok', 'away', 'refused'] as const;
export type OutsideState = (typeof outsideStates)[number];

/** How each answered last, over all nodes, and what operators were told of it (O6). No row: nothing was ever wrong. */
export const outsideServices = pgTable('outside_services', {
  name: text('name', { enum: outsideServiceNames }).primaryKey(),
  state: text('state', { enum: outsideStates }).notNull(),
  since: time('since').notNull(),
  /** Which kind of call was refused: credentials may be good for one and not for the other. */
  refusedCall: text('refused_call', { enum: ['read', 'write'] }),
  /** Its own words, without our secrets. */
  detail: text('detail'),
  toldState: text('told_state', { enum: outsideStates }).notNull().default('ok'),
  toldAt: time('told_at'),
});

export type OutsideServiceRow = typeof outsideServices.$inferSelect;
