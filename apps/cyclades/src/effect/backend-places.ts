/**
 * How many effects of one cluster a worker has in hand at once, so that a cluster that hangs leaves room for the others. Whoever finds all places taken
 * waits for a moment, for a healthy cluster frees one soon; where none has become free for that long, whoever comes is sent away at once.
 */
import { Injectable } from '@nestjs/common';

interface Places {
  taken: number;
  /** When a place was last taken or freed. */
  movedAt: number;
  readonly waiting: Set<(place: Release | null) => void>;
}

/** Gives the place back; a second call does nothing. */
export type Release = () => void;

export interface PlacesLimits {
  /** As many as the RAPI client has connections. */
  readonly perBackend: number;
  readonly waitMs: number;
}

@Injectable()
export class BackendPlaces {
  limits: PlacesLimits = { perBackend: 8, waitMs: 1_000 };
  readonly #byBackend = new Map<number, Places>();

  /** @returns null when no place has become free in time */
  take(backendId: number): Promise<Release | null> {
    const places = this.#of(backendId);
    if (places.taken < this.limits.perBackend) {
      places.taken += 1;
      return Promise.resolve(this.#place(places));
    }
    const stillMs = performance.now() - places.movedAt;
    return stillMs > this.limits.waitMs ? Promise.resolve(null) : this.#wait(places);
  }

  #of(backendId: number): Places {
    const known = this.#byBackend.get(backendId);
    if (known !== undefined) return known;
    const places: Places = { taken: 0, movedAt: 0, waiting: new Set() };
    this.#byBackend.set(backendId, places);
    return places;
  }

  #wait(places: Places): Promise<Release | null> {
    return new Promise((resolve) => {
      const done = (place: Release | null): void => {
        clearTimeout(timer);
        places.waiting.delete(done);
        resolve(place);
      };
      const timer = setTimeout(() => done(null), this.limits.waitMs);
      places.waiting.add(done);
    });
  }

  /** A place that is taken already. */
  #place(places: Places): Release {
    places.movedAt = performance.now();
    let isFree = false;
    return () => {
      if (isFree) return;
      isFree = true;
      const [next] = places.waiting;
      if (next !== undefined) return next(this.#place(places));
      places.movedAt = performance.now();
      places.taken -= 1;
    };
  }
}
