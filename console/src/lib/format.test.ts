import { expect, test } from 'vitest';
import { bytes, percent, plural, slugOf } from './format';

test('a percentage is never rounded up to a whole', () => {
  expect(percent(719, 720)).toBe('99.86 %');
  expect(percent(99_999, 100_000)).toBe('99.99 %');
  expect(percent(720, 720)).toBe('100 %');
  expect(percent(1, 3)).toBe('33.3 %');
  expect(percent(0, 0)).toBe('–');
});

test('sizes have at most one decimal', () => {
  expect([bytes(512), bytes(31_000_000), bytes(200 * 1024)]).toEqual(['512 B', '29.6 MiB', '200 KiB']);
});

test('a slug has lower case letters, digits and single dashes', () => {
  expect(slugOf('  Größe & Café: 2nd run! ')).toBe('groesse-cafe-2nd-run');
  expect([slugOf('Ärger & Söhne'), slugOf('A\u0308rger'), slugOf('Café élan, Łódź'), slugOf('日本')]).toEqual(['aerger-soehne', 'aerger', 'cafe-elan-lodz', '']);
});

test('one is not many', () => expect([plural(1, 'project'), plural(2000, 'project')]).toEqual(['1 project', '2,000 projects']));
