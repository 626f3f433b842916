/**
 * Written into postgresql.conf when the cluster is made; the operator may change them there.
 * Small: one service on one machine, P13 allows 250 MB for everything.
 */
export const initialSettings: Readonly<Record<string, string>> = {
  shared_buffers: '32MB',
  max_connections: '60',
  // Spares three processes; the working set is in the page cache.
  io_method: 'sync',
  max_logical_replication_workers: '0',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // The server's own news, not statements and their values, which may be personal.
  log_min_messages: 'log',
  log_checkpoints: 'off',
};

/** Given at each start, above postgresql.conf: what the life cycle and the safety of the data rest on. */
export function fixedSettings(runFolder: string): Readonly<Record<string, string>> {
  return {
    listen_addresses: '',
    port: '5432',
    // A list to PostgreSQL: quoted, so that a comma in the path stays one.
    unix_socket_directories: `"${runFolder.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    fsync: 'on',
    full_page_writes: 'on',
    logging_collector: 'off',
    log_destination: 'stderr',
  };
}
