import { BackendPlaces, type Release } from './backend-places.js';

const WAIT_MS = 1_000;

describe('BackendPlaces', () => {
  let places: BackendPlaces;

  beforeEach(() => {
    jest.useFakeTimers();
    places = new BackendPlaces();
    places.limits = { perBackend: 2, waitMs: WAIT_MS };
  });

  afterEach(() => jest.useRealTimers());

  const take = async (backendId: number): Promise<Release> => {
    const place = await places.take(backendId);
    if (place === null) throw new Error('no place');
    return place;
  };

  it('hands a place that becomes free to who has waited longest', async () => {
    const first = await take(1);
    await take(1);
    const order: string[] = [];
    void places.take(1).then(() => order.push('third'));
    const fourth = places.take(1).then(() => order.push('fourth'));
    first();
    await jest.advanceTimersByTimeAsync(0);
    expect(order).toEqual(['third']);
    await jest.advanceTimersByTimeAsync(WAIT_MS);
    await fourth;
  });

  it('sends away who has waited too long, and at once who comes after', async () => {
    await take(1);
    await take(1);
    const third = places.take(1);
    await jest.advanceTimersByTimeAsync(WAIT_MS + 1);
    expect(await third).toBeNull();
    expect(await places.take(1)).toBeNull();
  });

  it('leaves other clusters their places', async () => {
    await take(1);
    await take(1);
    await expect(take(2)).resolves.toBeDefined();
  });

  it('frees a place once', async () => {
    const first = await take(1);
    const second = await take(1);
    first();
    first();
    await take(1);
    const fourth = places.take(1);
    await jest.advanceTimersByTimeAsync(WAIT_MS + 1);
    expect(await fourth).toBeNull();
    second();
    await expect(take(1)).resolves.toBeDefined();
  });
});
