import { z } from 'zod';
import { parseSshAddress } from '../../src/machines/ssh/address.js';

/** What a user may say with `-b key=value`. */
export const sshParameters = z.strictObject({
  host: z
    .string()
    .transform((text, context) => {
      const address = parseSshAddress(text);
      if (address === undefined) context.addIssue('[USER@]HOST[:PORT], or a name of your ssh settings');
      return address ?? z.NEVER;
    })
    .describe('the host: [USER@]HOST[:PORT], or a name of your ssh settings'),
});

/** What is kept of it in the inventory. */
export const sshDetailsSchema = z.object({ destination: z.string(), port: z.int().optional() });
