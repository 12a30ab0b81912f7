import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RecordDir } from './record-dir.js';

describe('RecordDir', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'records-'));
  afterAll(() => rmSync(dir, { recursive: true }));
  const parse = (value: unknown): string => String(value);

  it('keeps records for the next one that opens it', async () => {
    const records = await RecordDir.open(path.join(dir, 'a/b'), parse);
    await records.put('vol-1.x', 'one');
    await records.put('vol-1.x', 'two');
    await records.put('vol-2', 'three');
    await records.remove('vol-2');
    await records.remove('vol-2');
    const again = await RecordDir.open(path.join(dir, 'a/b'), parse);
    expect(await again.names()).toEqual(['vol-1.x']);
    expect(await again.get('vol-1.x')).toBe('two');
    expect(await again.get('vol-2')).toBeNull();
  });

  it('ignores what a crash in the middle of a put has left', async () => {
    const records = await RecordDir.open(dir, parse);
    writeFileSync(path.join(dir, 'vol-3.json.new'), '"ha');
    expect(await records.names()).toEqual([]);
  });

  it('refuses names that would leave the directory', async () => {
    const records = await RecordDir.open(dir, parse);
    await expect(records.put('../x', 'x')).rejects.toThrow('not a record name');
  });
});
