import type { ProviderName } from '../../providers/known-providers.ts';
import { anthropic } from './anthropic.ts';
import type { Dialect } from './dialect.ts';
import { google } from './google.ts';
import { openai } from './openai.ts';

export const dialects: Readonly<Record<ProviderName, Dialect>> = { openai, anthropic, google };
