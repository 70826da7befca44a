import { createReadStream, writeFileSync } from 'node:fs';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { pathFromText } from '../../../src/model/file-path.js';
import { readNativeLog } from '../../../src/tracing/native/reader.js';
import { needs, shared } from '../../support/needs.js';
import { startNameServer } from '../../support/tracing/name-server.js';
import { buildFixture, type Layer, openWorkshop, type Workshop } from '../../support/tracing/native-tracer.js';

const server = '127.0.0.77';
const known = {
  'data.example.test': ['127.0.0.78', 'fd00::78'],
  'mirror.example.test': ['127.0.0.79'],
  'asked.example.test': ['127.0.0.80'],
};

/** In a mount namespace of the test's own. */
const ourServer = 'mount --bind resolv.conf /etc/resolv.conf; mount --bind nsswitch.conf /etc/nsswitch.conf';

let workshop: Workshop;

const prepare = shared(async () => {
  workshop = await openWorkshop();
  await buildFixture('datagrams', workshop.at('datagrams'));
  // The C library asks the server that this file names, on port 53 and no other.
  writeFileSync(workshop.at('resolv.conf'), `nameserver ${server}\n`);
  writeFileSync(workshop.at('nsswitch.conf'), 'hosts: files dns\n');
});

beforeEach(needs({ root: true, programs: ['cc', '/usr/include/stdlib.h', '/usr/bin/python3', 'unshare'] }));
beforeEach(prepare);
afterAll(() => workshop?.[Symbol.dispose]());

describe.for<Layer>(['ptrace', 'notify'])('the %s layer', (layer) => {
  beforeEach((context) => context.skip(!workshop.layers.includes(layer), 'this kernel has no such layer'));

  it('tells where every kind of message goes that has an address', async () => {
    expect(await connectionsOf(['./datagrams'])).toEqual([9001, 9002, 9003, 9004].map((port) => `127.0.0.1:${port}`));
  });

  it('tells the name that getaddrinfo found an address by, in threads too', async () => {
    const script = `import socket, threading
def reach(name, port):
    address = socket.getaddrinfo(name, port, socket.AF_INET, socket.SOCK_DGRAM)[0][4]
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(address)
threads = [threading.Thread(target=reach, args=each) for each in [('data.example.test', 80), ('mirror.example.test', 443)]]
for each in threads: each.start()
for each in threads: each.join()
try: socket.getaddrinfo('absent.example.test', 80)
except OSError: pass
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.81', 80))`;
    expect(await connectionsOf(['/usr/bin/python3', '-c', script])).toEqual([
      `${server}:53`,
      '127.0.0.78:80 (data.example.test)',
      '127.0.0.79:443 (mirror.example.test)',
      '127.0.0.81:80',
    ]);
  });

  it.each([
    ['recvfrom', 's.sendto(q, a); s.recvfrom(512)'],
    ['recvmsg', 's.sendmsg([q], [], 0, a); s.recvmsg(512)'],
    ['read', 's.connect(a); os.write(s.fileno(), q); os.read(s.fileno(), 512)'],
  ])('tells names that a program asks for by itself and reads by %s', async (_call, asking) => {
    const script = `import os, socket
a = ('${server}', 53)
q = bytes.fromhex('123401000001000000000000') + b'\\5asked\\7example\\4test\\0\\0\\1\\0\\1'
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
${asking}
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.80', 80))`;
    expect(await connectionsOf(['/usr/bin/python3', '-c', script])).toEqual([
      `${server}:53`,
      '127.0.0.80:80 (asked.example.test)',
    ]);
  });

  it('does not hold up a program for long that leaves its socket open', async () => {
    const script = `import os, socket
q = bytes.fromhex('123401000001000000000000') + b'\\5asked\\7example\\4test\\0\\0\\1\\0\\1'
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(('${server}', 53))
for _ in range(1000): os.getppid()
s.send(q)
s.recv(512)
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.80', 80))`;
    expect(await connectionsOf(['/usr/bin/python3', '-c', script])).toEqual([`${server}:53`, '127.0.0.80:80']);
  });

  it('tells names that were asked for over a stream', async () => {
    const script = `import socket
q = bytes.fromhex('123401000001000000000000') + b'\\5asked\\7example\\4test\\0\\0\\1\\0\\1'
s = socket.create_connection(('${server}', 53))
s.sendall(len(q).to_bytes(2, 'big') + q)
s.recv(2, socket.MSG_WAITALL)
s.recv(512)
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.80', 80))`;
    expect(await connectionsOf(['/usr/bin/python3', '-c', script])).toContain('127.0.0.80:80 (asked.example.test)');
  });

  it('tells names that systemd-resolved was asked for', async () => {
    const script = `import json, os, socket, threading
os.makedirs('/run/systemd/resolve')
here = '/run/systemd/resolve/io.systemd.Resolve'
listening = socket.socket(socket.AF_UNIX)
listening.bind(here)
listening.listen()
def serve():
    asked, _ = listening.accept()
    name = json.loads(asked.recv(4096).rstrip(b'\\0'))['parameters']['name']
    address = {'ifindex': 1, 'family': 2, 'address': [127, 0, 0, 80]}
    asked.sendall(json.dumps({'parameters': {'addresses': [address], 'name': name, 'flags': 1}}).encode() + b'\\0')
threading.Thread(target=serve).start()
s = socket.socket(socket.AF_UNIX)
s.connect(here)
s.sendall(b'{"method":"io.systemd.Resolve.ResolveHostname","parameters":{"name":"asked.example.test"}}\\0')
s.recv(4096)
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.80', 80))`;
    const connections = await connectionsOf(['/usr/bin/python3', '-c', script], 'mount -t tmpfs none /run');
    expect(connections).toEqual(['127.0.0.80:80 (asked.example.test)']);
  });

  async function connectionsOf(argv: readonly string[], mounts = ourServer): Promise<string[]> {
    await using _server = await startNameServer(server, known);
    const before = ['unshare', '--mount', 'sh', '-c', `${mounts}; exec "$@"`, '-'];
    const { code, stderr } = await workshop.trace(layer, argv, { before });
    expect([code, stderr]).toEqual([0, '']);
    const run = await readNativeLog(createReadStream(workshop.at('log')), pathFromText(workshop.folder));
    return run.outsideConnections().filter((address) => !address.includes('nscd'));
  }
});
