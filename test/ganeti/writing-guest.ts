/** A guest that appends numbered lines to a file, each flushed to its disk before its number is printed on the console. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { poll } from '@synnefo/runtime';
import type { Cloud } from '@synnefo/testing';

export const LINES_FILE = '/lines.txt';

const SCRIPT = `while :; do
i=$((i+1))
echo "line $i" | dd of=${LINES_FILE} oflag=append conv=notrunc,fsync 2>/dev/null && echo "flushed $i" || echo "refused $i"
done`;

export class WritingGuest {
  private constructor(
    private readonly cloud: Cloud,
    readonly instance: string,
  ) {}

  /** Types the script at the shell that the demo image has on its serial console. */
  static async start(cloud: Cloud, instance: string): Promise<WritingGuest> {
    const guest = new WritingGuest(cloud, instance);
    const script = `cat > /write.sh <<'END'\n${SCRIPT}\nEND\ntouch ${LINES_FILE}; i=0 sh /write.sh &\n`;
    await writeFile(path.join(cloud.consoleDir(), `${instance}.in`), script);
    await guest.flushesMore();
    return guest;
  }

  /** The numbers of the lines that are on the disk, as the guest knows it. */
  async flushed(): Promise<number[]> {
    return [...(await this.console()).matchAll(/^flushed (\d+)\r?\n/gm)].map(([, number]) => Number(number));
  }

  /** Waits until it has flushed some more lines than now. @throws Error when its disk has refused one */
  async flushesMore(lines = 10): Promise<void> {
    const goal = (await this.flushed()).length + lines;
    await poll({ everyMs: 200, timeoutMs: 30_000, what: `${lines} more flushed lines` }, async () => {
      const refused = /refused \d+|I\/O error.*/.exec(await this.console());
      if (refused !== null) throw new Error(`the guest's disk: ${refused[0]}`);
      return (await this.flushed()).length >= goal ? true : undefined;
    });
  }

  private console(): Promise<string> {
    return readFile(path.join(this.cloud.consoleDir(), `${this.instance}.log`), 'utf8');
  }
}
