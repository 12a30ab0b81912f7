/**
 * The handshake of a connection: greeting, client flags, then options until one of them ends it.
 *
 * Every option is answered and the next one parsed, whatever it holds; only what the protocol leaves no other way for ends the connection:
 * unknown client flags, a wrong magic, an option beyond 64 KiB, an unknown name in EXPORT_NAME. Called once per connection.
 */
import type { BlockDevice } from '../block-device.js';
import type { ByteReader } from './byte-reader.js';
import { matchContexts, type MetaContext } from './meta-context.js';
import {
  ExportFlag,
  HandshakeFlag,
  InfoType,
  MAX_STRING_BYTES,
  NBD_MAGIC,
  NbdProtocolError,
  Option,
  OPTION_MAGIC,
  OPTION_REPLY_MAGIC,
  OptionError,
  OptionReply,
} from './protocol.js';
import type { ReplyWriter } from './reply-writer.js';

/** What handshake and transmission agreed on. */
export interface Negotiated {
  readonly device: BlockDevice;
  readonly structured: boolean;
  /** Contexts that BLOCK_STATUS reports, in this order. */
  readonly contexts: readonly MetaContext[];
}

export interface HandshakeExport {
  readonly name: string;
  readonly description: string;
  /** Opens the device; called at most once until it succeeds. */
  open(): Promise<BlockDevice>;
}

const MAX_OPTION_BYTES = 64 * 1024;
const MAX_OPTIONS = 1000;
const PREFERRED_BLOCK_BYTES = 4096;
const MINIMUM_BLOCK_BYTES = 1;

/** Wrong content of an option: answered with the error, parsing goes on. */
class OptionRefused extends Error {
  constructor(
    readonly type: number,
    message: string,
  ) {
    super(message);
  }
}

export class Handshake {
  private noZeroes = false;
  private structured = false;
  private contexts: readonly MetaContext[] = [];
  private contextsFor = '';
  private device: BlockDevice | null = null;

  constructor(
    private readonly reader: ByteReader,
    private readonly writer: ReplyWriter,
    private readonly served: HandshakeExport,
    private readonly maxPayloadBytes: number,
  ) {}

  /** @returns null when the client took its leave. @throws NbdProtocolError, EndOfStream */
  async run(): Promise<Negotiated | null> {
    const greeting = Buffer.alloc(18);
    NBD_MAGIC.copy(greeting, 0);
    OPTION_MAGIC.copy(greeting, 8);
    greeting.writeUInt16BE(HandshakeFlag.fixedNewstyle | HandshakeFlag.noZeroes, 16);
    await this.writer.send([greeting]);
    const clientFlags = (await this.reader.take(4)).readUInt32BE(0);
    if ((clientFlags & ~3) !== 0) throw new NbdProtocolError(`unknown client flags ${clientFlags}`);
    this.noZeroes = (clientFlags & HandshakeFlag.noZeroes) !== 0;
    for (let count = 0; count < MAX_OPTIONS; count += 1) {
      const outcome = await this.oneOption();
      if (outcome === 'go') return this.negotiated();
      if (outcome === 'abort') return null;
    }
    throw new NbdProtocolError('too many options');
  }

  private negotiated(): Negotiated {
    if (this.device === null) throw new NbdProtocolError('transmission without an export');
    const contexts = this.isServed(this.contextsFor) ? this.contexts : [];
    return { device: this.device, structured: this.structured, contexts };
  }

  private async oneOption(): Promise<'go' | 'abort' | 'next'> {
    const header = await this.reader.take(16);
    if (!header.subarray(0, 8).equals(OPTION_MAGIC)) throw new NbdProtocolError('wrong option magic');
    const option = header.readUInt32BE(8);
    const length = header.readUInt32BE(12);
    if (length > MAX_OPTION_BYTES) throw new NbdProtocolError(`option ${option} of ${length} bytes`);
    const data = Buffer.from(await this.reader.take(length));
    try {
      return await this.answer(option, data);
    } catch (error) {
      if (!(error instanceof OptionRefused)) throw error;
      await this.reply(option, error.type, Buffer.from(error.message));
      return 'next';
    }
  }

  private async answer(option: number, data: Buffer): Promise<'go' | 'abort' | 'next'> {
    switch (option) {
      case Option.exportName:
        await this.exportName(data);
        return 'go';
      case Option.abort:
        await this.reply(option, OptionReply.ack);
        return 'abort';
      case Option.list:
        await this.list(data);
        return 'next';
      case Option.info:
      case Option.go:
        await this.info(option, data);
        return option === Option.go ? 'go' : 'next';
      case Option.structuredReply:
        if (data.length > 0) throw new OptionRefused(OptionError.invalid, 'STRUCTURED_REPLY takes no data');
        this.structured = true;
        await this.reply(option, OptionReply.ack);
        return 'next';
      case Option.listMetaContext:
      case Option.setMetaContext:
        await this.metaContext(option, data);
        return 'next';
      default:
        throw new OptionRefused(OptionError.unsupported, `option ${option} is not supported`);
    }
  }

  private async exportName(data: Buffer): Promise<void> {
    if (!this.isServed(data.toString('utf8'))) throw new NbdProtocolError('no such export');
    const device = await this.openDevice();
    const answer = Buffer.alloc(this.noZeroes ? 10 : 134);
    answer.writeBigUInt64BE(BigInt(device.sizeBytes), 0);
    answer.writeUInt16BE(this.exportFlags(device), 8);
    await this.writer.send([answer]);
  }

  private async list(data: Buffer): Promise<void> {
    if (data.length > 0) throw new OptionRefused(OptionError.invalid, 'LIST takes no data');
    const name = Buffer.from(this.served.name);
    const entry = Buffer.alloc(4 + name.length);
    entry.writeUInt32BE(name.length, 0);
    name.copy(entry, 4);
    await this.reply(Option.list, OptionReply.server, entry);
    await this.reply(Option.list, OptionReply.ack);
  }

  private async info(option: number, data: Buffer): Promise<void> {
    const parser = new OptionData(data);
    const name = parser.string();
    const wanted = new Set(parser.list(2, (at) => data.readUInt16BE(at)));
    parser.end();
    this.requireServed(name);
    const device = await this.openOrRefuse();
    const answer = Buffer.alloc(12);
    answer.writeUInt16BE(InfoType.export, 0);
    answer.writeBigUInt64BE(BigInt(device.sizeBytes), 2);
    answer.writeUInt16BE(this.exportFlags(device), 10);
    await this.reply(option, OptionReply.info, answer);
    if (wanted.has(InfoType.name)) await this.infoText(option, InfoType.name, this.served.name);
    if (wanted.has(InfoType.description))
      await this.infoText(option, InfoType.description, this.served.description);
    if (wanted.has(InfoType.blockSize)) {
      const sizes = Buffer.alloc(14);
      sizes.writeUInt16BE(InfoType.blockSize, 0);
      sizes.writeUInt32BE(MINIMUM_BLOCK_BYTES, 2);
      sizes.writeUInt32BE(PREFERRED_BLOCK_BYTES, 6);
      sizes.writeUInt32BE(this.maxPayloadBytes, 10);
      await this.reply(option, OptionReply.info, sizes);
    }
    await this.reply(option, OptionReply.ack);
  }

  private infoText(option: number, type: number, text: string): Promise<void> {
    const prefix = Buffer.alloc(2);
    prefix.writeUInt16BE(type, 0);
    return this.reply(option, OptionReply.info, Buffer.concat([prefix, Buffer.from(text)]));
  }

  private async metaContext(option: number, data: Buffer): Promise<void> {
    if (!this.structured) throw new OptionRefused(OptionError.invalid, 'negotiate structured replies first');
    const isListing = option === Option.listMetaContext;
    // A SET replaces earlier ones, also when it fails.
    if (!isListing) this.contexts = [];
    const parser = new OptionData(data);
    const name = parser.string();
    const queries = parser.list(null, () => parser.string());
    parser.end();
    this.requireServed(name);
    const matched = matchContexts(queries, isListing);
    if (!isListing) {
      this.contexts = matched;
      this.contextsFor = name;
    }
    for (const context of matched) {
      const id = Buffer.alloc(4);
      id.writeUInt32BE(isListing ? 0 : context.id, 0);
      await this.reply(option, OptionReply.metaContext, Buffer.concat([id, Buffer.from(context.name)]));
    }
    await this.reply(option, OptionReply.ack);
  }

  private isServed(name: string): boolean {
    return name === '' || name === this.served.name;
  }

  private requireServed(name: string): void {
    if (!this.isServed(name)) throw new OptionRefused(OptionError.unknown, 'no such export');
  }

  private async openDevice(): Promise<BlockDevice> {
    this.device ??= await this.served.open();
    return this.device;
  }

  private async openOrRefuse(): Promise<BlockDevice> {
    try {
      return await this.openDevice();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new OptionRefused(OptionError.unknown, `the volume cannot be opened: ${reason}`.slice(0, 1000));
    }
  }

  private exportFlags(device: BlockDevice): number {
    let flags = ExportFlag.hasFlags | ExportFlag.flush | ExportFlag.fua | ExportFlag.multiConn;
    flags |= device.readOnly
      ? ExportFlag.readOnly
      : ExportFlag.trim | ExportFlag.writeZeroes | ExportFlag.fastZero;
    if (this.structured) flags |= ExportFlag.df;
    return flags;
  }

  private reply(option: number, type: number, data: Buffer = Buffer.alloc(0)): Promise<void> {
    const header = Buffer.alloc(20);
    header.writeBigUInt64BE(OPTION_REPLY_MAGIC, 0);
    header.writeUInt32BE(option, 8);
    header.writeUInt32BE(type, 12);
    header.writeUInt32BE(data.length, 16);
    return this.writer.send([Buffer.concat([header, data])]);
  }
}

/** Parses an option's data. @throws OptionRefused on anything truncated, oversized or left over */
class OptionData {
  private at = 0;

  constructor(private readonly data: Buffer) {}

  string(): string {
    const length = this.uint32();
    if (length > MAX_STRING_BYTES) throw new OptionRefused(OptionError.tooBig, `a string of ${length} bytes`);
    const start = this.advance(length);
    return this.data.toString('utf8', start, start + length);
  }

  /** A counted list: the count has 16 bits before items of `itemBytes`, and 32 before items that parse themselves. */
  list<T>(itemBytes: number | null, item: (at: number) => T): T[] {
    const count = itemBytes === null ? this.uint32() : this.data.readUInt16BE(this.advance(2));
    if (count > this.data.length) throw new OptionRefused(OptionError.invalid, `a list of ${count} items`);
    return Array.from({ length: count }, () => item(itemBytes === null ? this.at : this.advance(itemBytes)));
  }

  end(): void {
    if (this.at !== this.data.length) throw new OptionRefused(OptionError.invalid, 'option data is too long');
  }

  private uint32(): number {
    return this.data.readUInt32BE(this.advance(4));
  }

  private advance(length: number): number {
    const start = this.at;
    if (start + length > this.data.length)
      throw new OptionRefused(OptionError.invalid, 'option data is truncated');
    this.at += length;
    return start;
  }
}
