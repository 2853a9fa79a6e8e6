import { describe, expect, it } from 'vitest';
import { covers, refusal } from './may';
import type { Reach } from './types';

const DEVELOPMENT = { slug: 'development', name: 'Development' };
const PRODUCTION = { slug: 'production', name: 'Production' };
const operator: Reach = { project: 'shop', permissions: ['read', 'develop', 'operate'], operates_in: ['development'] };

describe('what somebody may', () => {
  it('is in the project of the role and nowhere else', () => {
    expect(covers([operator], 'develop', { project: 'shop' })).toBe(true);
    expect(covers([operator], 'develop', { project: 'bank' })).toBe(false);
    expect(covers([operator], 'develop')).toBe(false);
  });

  it('leaves out the environments that the role does not reach', () => {
    expect(covers([operator], 'operate', { project: 'shop' })).toBe(true);
    expect(covers([operator], 'operate', { project: 'shop', environment: DEVELOPMENT })).toBe(true);
    expect(covers([operator], 'operate', { project: 'shop', environment: PRODUCTION })).toBe(false);
  });

  it('adds up over roles', () => {
    const also: Reach = { project: null, permissions: ['read', 'operate'], operates_in: ['production'] };
    expect(covers([operator, also], 'operate', { project: 'shop', environment: PRODUCTION })).toBe(true);
    expect(covers([operator, also], 'develop', { project: 'bank' })).toBe(false);
  });

  it('is to read what belongs to no project with any role', () => {
    expect(covers([operator], 'read')).toBe(true);
    expect(covers([], 'read')).toBe(false);
  });

  it('is refused with what is missing', () => {
    expect(refusal('operate', { environment: PRODUCTION })).toContain('in Production');
  });
});
