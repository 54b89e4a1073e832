import { describe, expect, it } from 'vitest';
import { Later } from '../../../src/engine/later';

describe('what is loaded later', () => {
  it('is not loaded before somebody asks, and then once for all who ask', async () => {
    let loads = 0;
    const later = new Later(() => Promise.resolve(++loads));
    expect(later.loaded).toBeUndefined();
    expect(await Promise.all([later.get(), later.get()])).toEqual([1, 1]);
    expect(await later.get()).toBe(1);
  });

  it('is tried again after a failure', async () => {
    let loads = 0;
    const later = new Later(() => (++loads === 1 ? Promise.reject(new Error('not there')) : Promise.resolve(loads)));
    await expect(later.get()).rejects.toThrow('not there');
    expect(later.loaded).toBeUndefined();
    expect(await later.get()).toBe(2);
  });
});
