import { describe, expect, it } from 'vitest';
import { namedAddresses } from '../../../src/tracing/native/name-answers.js';
import { dnsAnswer, dnsQuery } from '../../support/tracing/name-server.js';

const text = (bytes: Buffer) => bytes.toString('latin1');

describe('namedAddresses', () => {
  const query = dnsQuery('data.example.org', 'A');

  it.each([
    ['of IPv4', dnsAnswer(query, ['192.0.2.7', '192.0.2.8']), ['192.0.2.7', '192.0.2.8']],
    ['of IPv6', dnsAnswer(dnsQuery('data.example.org', 'AAAA'), ['2001:db8::7']), ['2001:db8::7']],
    ['of none', dnsAnswer(query, []), []],
  ])('takes the addresses %s from a DNS message', (_kind, answer, addresses) => {
    expect(namedAddresses(text(answer))).toEqual(addresses.map((address) => ['data.example.org', address]));
  });

  it('names what was asked for where aliases lead to the address', () => {
    const answer = dnsAnswer(query, ['192.0.2.7'], { alias: 'host-17.example.net' });
    expect(namedAddresses(text(answer))).toEqual([['data.example.org', '192.0.2.7']]);
  });

  it('takes messages with a length before them, as they come over TCP', () => {
    const answer = dnsAnswer(query, ['192.0.2.7']);
    const length = Buffer.from([answer.length >> 8, answer.length & 0xff]);
    expect(namedAddresses(text(Buffer.concat([length, answer])))).toEqual([['data.example.org', '192.0.2.7']]);
  });

  it('takes a reply of systemd-resolved', () => {
    const addresses = [
      { ifindex: 2, family: 2, address: [192, 0, 2, 7] },
      { ifindex: 2, family: 10, address: [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 7] },
    ];
    const reply = `${JSON.stringify({ parameters: { addresses, name: 'data.example.org', flags: 1 } })}\0`;
    expect(namedAddresses(reply)).toEqual([
      ['data.example.org', '192.0.2.7'],
      ['data.example.org', '2001:db8::7'],
    ]);
  });

  it('takes nothing from questions, from what is cut, and from what is neither', () => {
    const answer = text(dnsAnswer(query, ['192.0.2.7']));
    for (let length = 0; length < answer.length; length++) expect(namedAddresses(answer.slice(0, length))).toEqual([]);
    for (const other of [
      text(query),
      '{',
      '{}',
      '{"parameters":{"name":"a","addresses":[{"address":[1]}]}}',
      'HTTP/1.1 200',
    ])
      expect(namedAddresses(other)).toEqual([]);
  });

  it('takes no name that could act on a terminal', () => {
    expect(namedAddresses(text(dnsAnswer(dnsQuery('\u001b]0;x.org', 'A'), ['192.0.2.7'])))).toEqual([]);
  });
});
