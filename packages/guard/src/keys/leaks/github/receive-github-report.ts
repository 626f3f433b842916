import { hash } from 'node:crypto';
import { z } from 'zod';
import { isProblem, type Problem, refuse } from '../../../reply.ts';
import { fieldErrors } from '../../../validation/field-errors.ts';
import { parseJson } from '../../../validation/parse-json.ts';
import { hasValidChecksum, readKeyForm } from '../../format.ts';
import {
  type LeakReporter,
  type LeakResult,
  presentedMax,
  type RevokeLeakedDeps,
  revokeLeaked,
} from '../revoke-leaked.ts';
import { type GithubKeys, GithubKeysUnavailableError } from './github-keys.ts';
import { isSigned } from './is-signed.ts';

export interface SignedReport {
  /** The body exactly as it came: the signature is over these bytes. */
  readonly body: Uint8Array;
  /** `Github-Public-Key-Identifier`. */
  readonly keyIdentifier: string | undefined;
  /** `Github-Public-Key-Signature`. */
  readonly signature: string | undefined;
}

/** What GitHub wants to hear of each match. */
export interface GithubFeedback {
  /** SHA-256 in hexadecimal: the key itself is not sent anywhere. */
  readonly token_hash: string;
  readonly token_type: string;
  readonly label: 'true_positive' | 'false_positive';
}

export const githubEntriesMax = 1_000;

const reportSchema = z
  .array(
    z.object({
      token: z.string().min(1).max(4_096),
      type: z.string().min(1).max(200),
      url: z.string().max(8_192).nullish(),
      source: z.string().max(100).nullish(),
    }),
  )
  .max(githubEntriesMax);
type Entry = z.output<typeof reportSchema>[number];

const unsigned = refuse('invalid_signature', {
  detail: 'The signature of this report is missing, or no key of GitHub made it for this body.',
});
const keysAway = refuse('report_keys_unavailable', {
  detail: "GitHub's public keys cannot be fetched at the moment.",
  headers: { 'retry-after': '60' },
});

/**
 * Takes a report of GitHub's secret scanning (K12): nothing is parsed before the signature over the raw bytes holds. Gives
 * an answer for each entry, in order. 401 `invalid_signature`; 503 while GitHub's keys cannot be fetched, after which
 * GitHub tries again; repeating a report changes nothing.
 */
export async function receiveGithubReport(
  deps: RevokeLeakedDeps & { readonly githubKeys: GithubKeys },
  report: SignedReport,
  reporter: Omit<LeakReporter, 'by'>,
): Promise<{ feedback: GithubFeedback[]; results: LeakResult[] } | Problem> {
  const distrust = await whyNotTrusted(deps.githubKeys, report);
  if (distrust !== undefined) return distrust;
  const entries = parseReport(report.body);
  if (isProblem(entries)) return entries;
  const results: LeakResult[] = [];
  for (let at = 0; at < entries.length; at += presentedMax) {
    const presented = entries
      .slice(at, at + presentedMax)
      .map(({ token, url }) => ({ text: token, foundAt: url ?? undefined }));
    const ended = await revokeLeaked(deps, presented, { ...reporter, by: 'github' });
    if (isProblem(ended)) return ended;
    results.push(...ended);
  }
  const feedback = entries.map((entry, at) => feedbackOn(entry, results[at], deps));
  return { feedback, results };
}

async function whyNotTrusted(
  keys: GithubKeys,
  { body, keyIdentifier, signature }: SignedReport,
): Promise<Problem | undefined> {
  if (keyIdentifier === undefined || signature === undefined) return unsigned;
  try {
    const key = await keys.find(keyIdentifier);
    return key !== undefined && isSigned(body, signature, key) ? undefined : unsigned;
  } catch (error) {
    if (error instanceof GithubKeysUnavailableError) return keysAway;
    throw error;
  }
}

function parseReport(body: Uint8Array): Entry[] | Problem {
  const parsed = parseJson(body);
  if (!parsed.ok) return refuse(parsed.code, { detail: parsed.message });
  const report = reportSchema.safeParse(parsed.value);
  if (report.success) return report.data;
  const errors = fieldErrors(report.error, '');
  return refuse('invalid_request', { detail: 'This is no report of secret scanning.', errors });
}

/** A key that we made and have forgotten since is a real one all the same. */
function feedbackOn(
  { token, type }: Entry,
  result: LeakResult | undefined,
  { keyring }: RevokeLeakedDeps,
): GithubFeedback {
  const isReal =
    result?.keyId !== undefined ||
    (readKeyForm(token) !== undefined && hasValidChecksum(token, keyring.all('checksum')));
  return {
    token_hash: hash('sha256', token, 'hex'),
    token_type: type,
    label: isReal ? 'true_positive' : 'false_positive',
  };
}
