import { describe, expect, it } from 'vitest';
import { maskArgv } from '../../../src/spec/secrets/argv.js';
import { filterEnvironment } from '../../../src/spec/secrets/environment.js';
import { isSecretName, maskText, maskUrls } from '../../../src/spec/secrets/mask.js';

describe('maskText', () => {
  it.each([
    ['https://ada:hunter2@git.example/x.git', 'https://ada:***@git.example/x.git'],
    ['https://x-access-token:abc@host/', 'https://x-access-token:***@host/'],
    ['https://0123456789abcdef0123456789abcdef@host/', 'https://***@host/'],
    ['ssh://git@git.example/x.git', 'ssh://git@git.example/x.git'],
    ['git@git.example:x.git', 'git@git.example:x.git'],
    ['https://host/a?b=1&access_token=abcdef&c=2', 'https://host/a?b=1&access_token=***&c=2'],
    ['https://host/a?X-Amz-Signature=abcdef', 'https://host/a?X-Amz-Signature=***'],
    ['https://conda.example/t/ab-1234567890/main', 'https://conda.example/t/***/main'],
    ['https://host/debian/pool/main/t/tensorflow/a.deb', 'https://host/debian/pool/main/t/tensorflow/a.deb'],
    ['ghp_0123456789abcdefABCD and glpat-0123456789abcdefABCD', '*** and ***'],
    ['key AKIAIOSFODNN7EXAMPLE here', 'key *** here'],
    ['xoxb-123456789012-abcdef', '***'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc_-123', '***'],
    ['Authorization: Bearer abc.def', 'Authorization: Bearer ***'],
    ['PRIVATE-TOKEN: abcdef', 'PRIVATE-TOKEN: ***'],
    ['PGPASSWORD=hunter2 psql', 'PGPASSWORD=*** psql'],
    ['export API_TOKEN="a b c d"; run', 'export API_TOKEN=***; run'],
    ['run --db-password hunter2 now', 'run --db-password *** now'],
    ['run --password-file /etc/pw', 'run --password-file /etc/pw'],
    ['TOKEN=$1 run', 'TOKEN=$1 run'],
    ['awk {token=1}', 'awk {token=1}'],
    ['cd /a; PWD=/srv/data', 'cd /a; PWD=/srv/data'],
    ['-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----', '***'],
    ['an ordinary sentence: nothing = 1', 'an ordinary sentence: nothing = 1'],
  ])('%j becomes %j', (text, expected) => {
    expect(maskText(text)).toBe(expected);
    expect(maskText(expected)).toBe(expected);
  });

  it('leaves text that is no address to maskText', () => {
    expect(maskUrls('Maintainer: A <a@b.example>')).toBe('Maintainer: A <a@b.example>');
    expect(maskUrls('deb http://u:p@host/debian bookworm main')).toBe('deb http://u:***@host/debian bookworm main');
  });
});

describe('maskArgv', () => {
  it.each<[readonly string[], readonly string[]]>([
    [
      ['p', '--password=a'],
      ['p', '--password=***'],
    ],
    [
      ['p', '--password', 'a', 'b'],
      ['p', '--password', '***', 'b'],
    ],
    [
      ['p', '--api-key', '-x'],
      ['p', '--api-key', '***'],
    ],
    [
      ['p', '--author', 'Ada'],
      ['p', '--author', 'Ada'],
    ],
    [
      ['p', '--token-file', 'f'],
      ['p', '--token-file', 'f'],
    ],
    [
      ['p', '--tokenize', 'f'],
      ['p', '--tokenize', 'f'],
    ],
    [
      ['curl', '-u', 'ada:pw', 'u'],
      ['curl', '-u', 'ada:***', 'u'],
    ],
    [
      ['curl', '-uada:pw'],
      ['curl', '-uada:***'],
    ],
    [
      ['docker', 'run', '--user', '1000:1000'],
      ['docker', 'run', '--user', '1000:1000'],
    ],
    [
      ['mysql', '-psecret', '-uroot'],
      ['mysql', '-p***', '-uroot'],
    ],
    [
      ['sshpass', '-p', 'secret', 'ssh', 'h'],
      ['sshpass', '-p', '***', 'ssh', 'h'],
    ],
    [
      ['mkdir', '-p', 'a/b'],
      ['mkdir', '-p', 'a/b'],
    ],
    [
      ['tar', '-pxf', 'a.tar'],
      ['tar', '-pxf', 'a.tar'],
    ],
    [
      ['env', 'DB_PASSWORD=x', 'run'],
      ['env', 'DB_PASSWORD=***', 'run'],
    ],
    [
      ['jq', '.token', 'a.json'],
      ['jq', '.token', 'a.json'],
    ],
  ])('%j becomes %j', (argv, expected) => {
    const { argv: masked, masked: isMasked } = maskArgv(argv);
    expect(masked).toEqual(expected);
    expect(isMasked).toBe(JSON.stringify(argv) !== JSON.stringify(expected));
  });

  it('hides what is known to be secret from elsewhere', () => {
    expect(maskArgv(['run', 'x-hunter22-y'], ['hunter22'])).toEqual({ argv: ['run', 'x-***-y'], masked: true });
  });
});

describe('filterEnvironment', () => {
  it('keeps what changes results, counts what it leaves out, and keeps what is named', () => {
    const filtered = filterEnvironment(
      {
        PATH: '/bin',
        LC_ALL: 'C',
        OLDPWD: '/home/ada',
        PYTHONPATH: '/p',
        PYTHON_API_TOKEN: 'abcdefgh',
        OMP_NUM_THREADS: '2',
        AWS_SECRET_ACCESS_KEY: 'abcdefghij',
        NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/own.pem',
        EDITOR: 'vi',
        PAGER: 'less',
      },
      ['EDITOR'],
    );
    expect(Object.keys(filtered.environment)).toEqual([
      ...['EDITOR', 'LC_ALL', 'NODE_EXTRA_CA_CERTS', 'OLDPWD', 'OMP_NUM_THREADS', 'PATH', 'PYTHONPATH'],
    ]);
    expect(filtered.leftOut).toBe(3);
    expect(filtered.secrets).toEqual(['abcdefghij', 'abcdefgh']);
  });

  it('masks a value that holds a credential', () => {
    const { environment, masked } = filterEnvironment({ PIP_INDEX_URL: 'https://u:p@i/' }, ['PIP_INDEX_URL']);
    expect([environment, masked]).toEqual([{ PIP_INDEX_URL: 'https://u:***@i/' }, ['PIP_INDEX_URL']]);
  });
});

describe('isSecretName', () => {
  it.each(['PASSWORD', 'PGPASSWORD', 'GITHUB_TOKEN', 'AWS_SECRET_ACCESS_KEY', '--api-key', 'DB_PWD'])(
    'takes %s',
    (name) => {
      expect(isSecretName(name)).toBe(true);
    },
  );

  it.each(['PATH', 'PWD', 'OLDPWD', 'AUTHOR', 'TOKENIZERS_PARALLELISM', 'COMPASS', '--passes'])('not %s', (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});
