import type { EC2Client } from '@aws-sdk/client-ec2';
import { explained } from './errors.js';
import type { AwsParameters } from './parameters.js';

/** Calls of one service, in one region, as one account. */
export interface Ec2 {
  /** As effects have it: all that it takes to open the same service again, and nothing secret. */
  readonly at: string;
  readonly region: string;
  /** The library's commands, which are loaded with it. */
  readonly api: typeof import('@aws-sdk/client-ec2');
  readonly send: EC2Client['send'];
}

/** How often a call is tried, with growing pauses between: what is throttled, or broken for a moment, comes right. */
const attempts = 8;

/**
 * Opens the service for a piece of work; what it refuses is told to the user as such. The library has its own https, and
 * its own way to credentials: calls go from this machine only, never from the one that they make.
 */
export async function withEc2<T>(where: Partial<AwsParameters> | string, work: (ec2: Ec2) => Promise<T>): Promise<T> {
  const { region, profile, endpoint } = typeof where === 'string' ? placeOf(where) : where;
  // It is about versions to come, and this one is fixed.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const api = await import('@aws-sdk/client-ec2');
  const client = new api.EC2Client({
    maxAttempts: Number(process.env['AWS_MAX_ATTEMPTS']) || attempts,
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(endpoint !== undefined && { endpoint }),
  });
  try {
    const told = await client.config.region();
    const at = new URLSearchParams({ region: told, ...(profile && { profile }), ...(endpoint && { endpoint }) });
    return await work({ at: at.toString(), region: told, api, send: client.send.bind(client) });
  } catch (error) {
    throw explained(error, region ?? endpoint ?? 'AWS');
  } finally {
    client.destroy();
  }
}

/** Of what `at` says. */
export function placeOf(at: string): Pick<AwsParameters, 'region' | 'profile' | 'endpoint'> {
  const { region, profile, endpoint } = Object.fromEntries(new URLSearchParams(at));
  return { region, profile, endpoint };
}

/** Of calls that only ask: one that makes something is never given up in the middle, for then nobody knew. */
export function giveUpOn(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}
