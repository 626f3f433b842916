import { describe, expect, test } from 'vitest';
import { matchesLoosely, matchesModel } from './match-model.ts';

describe('T4: never another model’s price', () => {
  test.each([
    [{ starts_with: 'claude-3-5-haiku' }, 'claude-3-5-haiku-20241022', true],
    [{ starts_with: 'claude-3-5-haiku' }, 'claude-3-5-haiku-latest', true],
    [{ starts_with: 'claude-3-5-sonnet' }, 'claude-3-5-sonnet-v2@20241022', true],
    [{ starts_with: 'claude-sonnet-4-2025' }, 'claude-sonnet-4-20250514', true],
    [{ starts_with: 'gpt-5-nano-' }, 'gpt-5-nano-2025-08-07', true],
    [{ contains: 'gemini-2.0-flash-0' }, 'models/gemini-2.0-flash-001', true],
    [{ starts_with: 'gemini-2.5-pro' }, 'gemini-2.5-pro-preview-05-06', true],
    [{ contains: 'claude-3-haiku-20240307' }, 'us.anthropic.claude-3-haiku-20240307-v1:0', true],
    [{ starts_with: 'ft:gpt-3.5-turbo' }, 'ft:gpt-3.5-turbo-0125:acme::abc', true],
    [{ equals: 'gpt-4o' }, 'GPT-4o', true],
    [{ regex: '^grok-4\\.5-\\d{8}$' }, 'grok-4.5-20260101', true],
    [{ contains: 'gemini-1.5-flash' }, 'gemini-1.5-flash-8b', false],
    [{ starts_with: 'gemini-3.6-flash' }, 'gemini-3.6-flash-lite', false],
    [{ starts_with: 'claude-opus-4-1' }, 'claude-opus-4-10', false],
    [{ starts_with: 'claude-3-opus' }, 'claude-3', false],
    [{ contains: 'o4-mini' }, 'proto4-mini', false],
    [{ equals: 'gpt-4o' }, 'gpt-4o-mini', false],
    [{ and: [{ starts_with: 'a' }, { equals: 'b' }] }, 'a', false],
    [{ or: [{ equals: 'a' }, { equals: 'b' }] }, 'b', true],
  ])('T4: %j on %s is %s', (clause, model, expected) => {
    expect(matchesModel(clause, model)).toBe(expected);
  });

  test('T4: a provider is known by any part of its name that the catalogue gives', () => {
    expect(matchesLoosely({ contains: 'vertex' }, 'Google-Vertex-AI')).toBe(true);
    expect(matchesLoosely({ contains: 'vertex' }, 'openai')).toBe(false);
  });
});
