import { deflateSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { needs } from '../../support/needs.js';
import { document } from './laid-out.js';
import { compare, differences, workshop } from './written.js';

const shop = workshop();

describe('pdf', () => {
  it('is equal whatever its dates, numbers, order and compression are', async () => {
    const content = '1 0 0 1 2 3 cm\n(text) Tj\n';
    const other = document(content, { first: 7, date: 'D:2024', packed: true });
    expect(await differences(document(content), other, 'pdf')).toEqual([]);
  });

  it.each<[string, string, object, string[]]>([
    ['(one) Tj', '(two) Tj', {}, ['/Root/Pages/Kids/0/Contents, line 1: (one) Tj | (two) Tj']],
    ['1 0 m\n2 0 l', '1 0 m\n2.001 0 l', {}, ['/Root/Pages/Kids/0/Contents, line 2: 2 0 l | 2.001 0 l']],
    ['1 0 m\n2 0 l', '1 0 m\n2.001 0 l', { absolute: 0.01 }, []],
    [
      '(mean 1) Tj',
      '(mean 1.001) Tj',
      { absolute: 0.01 },
      ['/Root/Pages/Kids/0/Contents, line 1: (mean 1) Tj | (mean 1.001) Tj'],
    ],
    ['(a  b) Tj', '(a b) Tj', {}, ['/Root/Pages/Kids/0/Contents, line 1: (a  b) Tj | (a b) Tj']],
  ])('shows %j as %j by %j', async (one, other, tolerance, differing) => {
    expect(await differences(document(one), document(other, { packed: true }), { pdf: tolerance })).toEqual(differing);
  });

  it('says which object differs', async () => {
    const more = (mode: string) => ({ more: `/PageMode /${mode} ` });
    expect(await differences(document('', more('UseNone')), document('', more('FullScreen')), 'pdf')).toEqual([
      '/Root/PageMode: /UseNone | /FullScreen',
    ]);
  });

  it('takes the last of an object that was written anew', async () => {
    const old = document('(old) Tj', { more: '' });
    const update = '4 0 obj\n<< /Length 8 >>\nstream\n(new) Tj\nendstream\nendobj\n';
    expect(await differences(Buffer.concat([old, Buffer.from(update)]), document('(new) Tj'), 'pdf')).toEqual([]);
  });

  it('reads objects that are packed into streams', async () => {
    const objects = ['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [3 0 R] /Count 1 >>'];
    const page = '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Contents 4 0 R >>';
    const all = [...objects, page];
    const offsets = all.map((_, at) => all.slice(0, at).join(' ').length + (at > 0 ? 1 : 0));
    const header = all.map((_, at) => `${at + 1} ${offsets[at]}`).join(' ');
    const data = deflateSync(`${header} ${all.join(' ')}`).toString('latin1');
    const stream = (dictionary: string, bytes: string) =>
      `<< ${dictionary} /Length ${bytes.length} >>\nstream\n${bytes}\nendstream\nendobj\n`;
    const packed = [
      '%PDF-1.5\n',
      `4 0 obj\n${stream('', '(text) Tj')}`,
      `5 0 obj\n${stream(`/Type /ObjStm /N 3 /First ${header.length + 1} /Filter /FlateDecode`, data)}`,
      '6 0 obj\n<< /Title (A \\(title\\)) >>\nendobj\n',
      `7 0 obj\n${stream('/Type /XRef /Root 1 0 R /Info 6 0 R', 'table')}`,
    ].join('');
    expect(await differences(document('(text) Tj'), Buffer.from(packed, 'latin1'), 'pdf')).toEqual([]);
    expect(await differences(document('(another) Tj'), Buffer.from(packed, 'latin1'), 'pdf')).toHaveLength(1);
  });

  it('is unproved where it is encrypted', async () => {
    const encrypted = Buffer.from(document('').toString('latin1').replace('/ID', '/Encrypt 9 0 R /ID'), 'latin1');
    expect(await compare(encrypted, document(' '), 'pdf')).toMatchObject({ why: 'it is encrypted' });
  });
});

describe("R's own documents", () => {
  beforeEach(needs({ programs: ['R'] }));

  /** Dates are in local time, so that another time zone makes another date. */
  const plotted = (device: string, points: string, TZ = 'UTC') => {
    shop.run(['Rscript', '--vanilla', '-e', `${device}("plot"); plot(${points}); invisible(dev.off())`], { TZ });
    return shop.read('plot');
  };

  it.each(['pdf', 'cairo_pdf'])('are the same when they are made again by %s', async (device) => {
    const one = plotted(device, '1:3');
    const again = plotted(device, '1:3', 'ABC-9');
    expect(one.equals(again)).toBe(false);
    expect(await differences(one, again, 'pdf')).toEqual([]);
    const [first] = await differences(one, plotted(device, '1:4'), 'pdf');
    expect(first).toMatch(/^\/Root\/Pages\/Kids\/0\/Contents, line \d+: /);
  });
});
