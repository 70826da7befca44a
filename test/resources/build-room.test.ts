import { expect, it } from 'vitest';
import type { PlannedPackage } from '../../src/model/plan.js';
import { nameFor } from '../../src/resources/build-room.js';
import { checkName } from '../../src/resources/inventory.js';

function roomOf(distribution: string, title: string) {
  const planned: PlannedPackage = {
    ...{ distribution, name: 'a', version: '1', used: true },
    artifact: { name: 'a', urls: [] },
  };
  return nameFor({ title, results: new Map([['a', planned]]) });
}

it('builds sources of one name in rooms of their own, and says in the name of whose they are', () => {
  const long = 'a-library-with-a-name-that-does-not-come-to-an-end';
  const rooms = [
    roomOf('debian', 'numpy 1.26.4'),
    roomOf('python', 'numpy 1.26.4'),
    roomOf('debian', `${long}-one 1:2.0~rc1+dfsg-1`),
    roomOf('debian', `${long}-two 1:2.0~rc1+dfsg-1`),
  ];
  expect(rooms[0]?.name).toMatch(/^build-debian-numpy-1-26-4-[0-9a-f]{8}$/);
  expect(new Set(rooms.map(({ name }) => name)).size).toBe(4);
  expect(new Set(rooms.map(({ key }) => key)).size).toBe(4);
  for (const { name } of rooms) checkName(name);
});
