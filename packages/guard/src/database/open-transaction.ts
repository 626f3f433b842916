/**
 * Begins a transaction that holds nothing but advisory locks, for as long as its connection lives. It keeps no snapshot
 * between its statements, so vacuum does not wait for it.
 */
export const openTransaction =
  'BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0';
