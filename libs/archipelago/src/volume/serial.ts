/** Runs tasks one after another, in the order of the calls. */
export class Serial {
  private tail: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const mine = this.tail.then(task, task);
    this.tail = mine.catch(() => undefined);
    return mine;
  }
}

/** One queue per key, gone when it is empty. */
export class KeyedSerial<K> {
  private readonly queues = new Map<K, { readonly serial: Serial; waiting: number }>();

  async run<T>(key: K, task: () => Promise<T>): Promise<T> {
    const queue = this.queues.get(key) ?? { serial: new Serial(), waiting: 0 };
    this.queues.set(key, queue);
    queue.waiting += 1;
    try {
      return await queue.serial.run(task);
    } finally {
      queue.waiting -= 1;
      if (queue.waiting === 0) this.queues.delete(key);
    }
  }
}
