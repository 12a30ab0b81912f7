import { Corrupt } from '../errors.js';

/** Writes an unsigned LEB128 number. */
export function uv(value: number): number[] {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not an unsigned number: ${value}`);
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return bytes;
}

/** Bytes that `uv` needs for a value. */
export function uvLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length += 1;
  return length;
}

/** Reads fields in order; leaving the buffer or the range of exact numbers is `Corrupt`. */
export class ByteReader {
  private at = 0;

  constructor(
    private readonly data: Buffer,
    private readonly what: string,
  ) {}

  get position(): number {
    return this.at;
  }

  get left(): number {
    return this.data.length - this.at;
  }

  fail(message: string): never {
    throw new Corrupt(`${this.what}: ${message} at byte ${this.at}`);
  }

  bytes(length: number): Buffer {
    if (this.left < length) this.fail('too short');
    this.at += length;
    return this.data.subarray(this.at - length, this.at);
  }

  u8(): number {
    return this.bytes(1).readUInt8();
  }

  u16(): number {
    return this.bytes(2).readUInt16BE();
  }

  u32(): number {
    return this.bytes(4).readUInt32BE();
  }

  u64(): number {
    const value = this.bytes(8).readBigUInt64BE();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) this.fail('number above 2^53 − 1');
    return Number(value);
  }

  uv(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i += 1) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return Number.isSafeInteger(value) ? value : this.fail('number above 2^53 − 1');
      scale *= 0x80;
    }
    return this.fail('number above 2^53 − 1');
  }

  /** Everything must have been read. */
  end(): void {
    if (this.left !== 0) this.fail('bytes left over');
  }
}
