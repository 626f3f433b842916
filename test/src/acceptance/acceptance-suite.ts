import { afterAll, beforeAll, describe } from 'vitest';
import type { Keyward } from '../product/keyward.ts';
import { describeAudit } from './audit-suite.ts';
import { describeAuditTree } from './audit-tree-suite.ts';
import { describeChanges } from './changes-suite.ts';
import { describeControl } from './control-suite.ts';
import { describeGuard } from './guard-suite.ts';
import { describeKeys } from './key-suite.ts';
import { describeMetadata } from './metadata-suite.ts';
import { describeMeterr } from './meterr-suite.ts';
import { type ProductUnderTest, productUnderTest } from './product-under-test.ts';
import { describeRotation } from './rotation-suite.ts';

/** Commands and nodes are processes of their own, on machines that have other work too. */
const timeoutMs = 240_000;

/**
 * What holds however the product is run: with everything embedded, or on a PostgreSQL and a Redis of its own. `core`: the
 * services, the lives of keys and the audit tree alone, where a way to run differs in what lies under them.
 */
export function describeProduct(
  kind: string,
  open: () => Promise<{ keyward: Keyward; close: () => Promise<void> }>,
  extent: 'whole' | 'core' = 'whole',
): void {
  describe(kind, { timeout: timeoutMs }, () => {
    let product: ProductUnderTest;
    let close: (() => Promise<void>) | undefined;
    beforeAll(async () => {
      const opened = await open();
      close = opened.close;
      product = await productUnderTest(opened.keyward);
    }, timeoutMs);
    afterAll(() => close?.(), timeoutMs);

    describeMetadata(() => product);
    describeMeterr(() => product);
    describeKeys(() => product);
    describeAuditTree(() => product);
    if (extent === 'core') return;
    describeGuard(() => product);
    describeControl(() => product);
    describeRotation(() => product);
    describeAudit(() => product);
    describeChanges(() => product);
  });
}
