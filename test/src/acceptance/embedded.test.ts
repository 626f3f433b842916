import { Keyward } from '../product/keyward.ts';
import { describeProduct } from './acceptance-suite.ts';

describeProduct(
  'everything embedded',
  async () => {
    const keyward = await (await Keyward.create()).start();
    return { keyward, close: () => keyward[Symbol.asyncDispose]() };
  },
  'core',
);
