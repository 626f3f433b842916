import type { JobDatabase } from './job-database.ts';

export interface JobStatus {
  readonly name: string;
  /** When it last began, succeeded, failed; null when it never did within what is kept. */
  readonly lastRunAt: Date | null;
  readonly lastSuccessAt: Date | null;
  readonly lastFailureAt: Date | null;
  /** What the last failed try said; null when a later run succeeded. */
  readonly lastError: string | null;
  readonly isRunning: boolean;
  /** Runs that wait, for their time or for another try. */
  readonly waiting: number;
  /** Runs that were given up. */
  readonly failed: number;
  /** When the next run is due, waiting or scheduled. */
  readonly nextRunAt: Date | null;
}

type Row = Omit<JobStatus, 'nextRunAt' | 'lastError'> & {
  lastError: string | null;
  nextWaitingAt: Date | null;
};

/** How each job stands, over all nodes (O4). `schedule`: the schema of the queue. */
export async function jobStatus(
  database: JobDatabase,
  schema: string,
  names: readonly string[],
  nextScheduledMs: (name: string) => number | undefined,
): Promise<JobStatus[]> {
  const { rows } = (await database.executeSql(statement(schema), [names])) as { rows: Row[] };
  return rows.map(({ nextWaitingAt, ...row }) => {
    const scheduledMs = nextScheduledMs(row.name);
    const due = [nextWaitingAt?.getTime(), scheduledMs].filter((atMs) => atMs !== undefined);
    const errorIsOld =
      row.lastSuccessAt !== null && row.lastFailureAt !== null && row.lastSuccessAt > row.lastFailureAt;
    return {
      ...row,
      lastError: errorIsOld ? null : row.lastError,
      nextRunAt: due.length === 0 ? null : new Date(Math.min(...due)),
    };
  });
}

/** A failed try waits in state `retry` with its output and the time it began. */
const statement = (schema: string) => `
  SELECT wanted.name,
    max(job.started_on) AS "lastRunAt",
    max(job.completed_on) FILTER (WHERE job.state = 'completed') AS "lastSuccessAt",
    max(coalesce(job.completed_on, job.started_on)) FILTER (WHERE job.state IN ('failed', 'retry')) AS "lastFailureAt",
    (array_agg(coalesce(job.output->>'message', job.output->'value'->>'message') ORDER BY job.started_on DESC)
      FILTER (WHERE job.state IN ('failed', 'retry')))[1] AS "lastError",
    coalesce(bool_or(job.state = 'active'), false) AS "isRunning",
    count(*) FILTER (WHERE job.state IN ('created', 'retry'))::int AS waiting,
    count(*) FILTER (WHERE job.state = 'failed')::int AS failed,
    min(job.start_after) FILTER (WHERE job.state IN ('created', 'retry')) AS "nextWaitingAt"
  FROM unnest($1::text[]) WITH ORDINALITY AS wanted (name, position)
  LEFT JOIN ${schema}.job USING (name)
  GROUP BY wanted.name, wanted.position
  ORDER BY wanted.position`;
