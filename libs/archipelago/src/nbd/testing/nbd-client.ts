/**
 * A small NBD client for tests and measurements: it can send what a well-behaved client never would, and pipelines as deep as it is asked to.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ByteReader } from '../byte-reader.js';
import {
  CHUNK_MAGIC,
  ChunkFlag,
  ChunkType,
  Command,
  NBD_MAGIC,
  Option,
  OPTION_MAGIC,
  OptionReply,
  REQUEST_MAGIC,
  SIMPLE_REPLY_MAGIC,
} from '../protocol.js';

export interface OptionAnswer {
  readonly type: number;
  readonly data: Buffer;
}

export interface Chunk {
  readonly type: number;
  readonly payload: Buffer;
}

export interface Reply {
  readonly error: number;
  /** Of a simple read: the bytes. Of a structured one: put together from the chunks. */
  readonly data: Buffer;
  readonly chunks: readonly Chunk[];
}

export interface Call {
  readonly command: number;
  readonly offset?: number;
  readonly length?: number;
  readonly flags?: number;
  readonly payload?: Buffer;
}

interface Pending {
  readonly call: Call;
  readonly chunks: Chunk[];
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

export class NbdClient {
  sizeBytes = 0;
  exportFlags = 0;
  structured = false;
  /** Rejects every call under way when the connection ends. */
  readonly closed: Promise<void>;
  private readonly pending = new Map<bigint, Pending>();
  private cookie = 0n;
  private readonly reader: ByteReader;

  private constructor(private readonly socket: Socket) {
    this.reader = new ByteReader(socket);
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  /** Connects and does the greeting; options come next. */
  static async open(path: string, clientFlags = 3): Promise<NbdClient> {
    const socket = connect({ path });
    await once(socket, 'connect');
    const client = new NbdClient(socket);
    const greeting = await client.reader.take(18);
    if (!greeting.subarray(0, 8).equals(NBD_MAGIC)) throw new Error('not an NBD server');
    const flags = Buffer.alloc(4);
    flags.writeUInt32BE(clientFlags, 0);
    socket.write(flags);
    return client;
  }

  /** Connects and goes to the transmission phase. */
  static async connect(
    path: string,
    options: { structured?: boolean; contexts?: string[] } = {},
  ): Promise<NbdClient> {
    const client = await NbdClient.open(path);
    if (options.structured !== false) await client.negotiateStructured();
    if (options.contexts !== undefined)
      await client.option(Option.setMetaContext, contextData('', options.contexts));
    await client.go();
    return client;
  }

  async negotiateStructured(): Promise<void> {
    const [answer] = await this.option(Option.structuredReply);
    this.structured = answer?.type === OptionReply.ack;
  }

  /** Sends one option and takes the answers up to the last one (ACK or an error). */
  async option(option: number, data: Buffer = Buffer.alloc(0)): Promise<OptionAnswer[]> {
    const header = Buffer.alloc(16);
    OPTION_MAGIC.copy(header, 0);
    header.writeUInt32BE(option, 8);
    header.writeUInt32BE(data.length, 12);
    this.socket.write(Buffer.concat([header, data]));
    const answers: OptionAnswer[] = [];
    for (;;) {
      const head = await this.reader.take(20);
      const answer = {
        type: head.readUInt32BE(12),
        data: Buffer.from(await this.reader.take(head.readUInt32BE(16))),
      };
      answers.push(answer);
      if (answer.type === OptionReply.ack || answer.type >= 2 ** 31) return answers;
    }
  }

  /** @throws Error when the server refuses */
  async go(name = ''): Promise<void> {
    const answers = await this.option(Option.go, infoData(name, []));
    const info = answers.find(
      (answer) => answer.type === OptionReply.info && answer.data.readUInt16BE(0) === 0,
    );
    if (info === undefined || answers.at(-1)?.type !== OptionReply.ack) {
      throw new Error(`GO was refused: ${answers.map((answer) => answer.data.toString()).join(' ')}`);
    }
    this.sizeBytes = Number(info.data.readBigUInt64BE(2));
    this.exportFlags = info.data.readUInt16BE(10);
    void this.readReplies();
  }

  /** The old way in. @returns how many bytes the server answered */
  async exportName(name: string, answerBytes: number): Promise<Buffer> {
    const header = Buffer.alloc(16);
    OPTION_MAGIC.copy(header, 0);
    header.writeUInt32BE(Option.exportName, 8);
    header.writeUInt32BE(Buffer.byteLength(name), 12);
    this.socket.write(Buffer.concat([header, Buffer.from(name)]));
    const answer = Buffer.from(await this.reader.take(answerBytes));
    void this.readReplies();
    return answer;
  }

  raw(data: Buffer): void {
    this.socket.write(data);
  }

  /** Sends a request and waits for its reply; errors of the protocol are in the reply. @throws Error when the connection ends first */
  call(call: Call): Promise<Reply> {
    this.cookie += 1n;
    const header = Buffer.alloc(28);
    header.writeUInt32BE(REQUEST_MAGIC, 0);
    header.writeUInt16BE(call.flags ?? 0, 4);
    header.writeUInt16BE(call.command, 6);
    header.writeBigUInt64BE(this.cookie, 8);
    header.writeBigUInt64BE(BigInt(call.offset ?? 0), 16);
    header.writeUInt32BE(call.length ?? call.payload?.length ?? 0, 24);
    const cookie = this.cookie;
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) {
        reject(new Error('the connection is closed'));
        return;
      }
      this.pending.set(cookie, { call, chunks: [], resolve, reject });
      this.socket.write(call.payload === undefined ? header : Buffer.concat([header, call.payload]));
    });
  }

  /** @throws Error on an error reply, as the four below */
  async read(offset: number, length: number): Promise<Buffer> {
    return (await this.must({ command: Command.read, offset, length })).data;
  }

  async write(offset: number, payload: Buffer, flags = 0): Promise<void> {
    await this.must({ command: Command.write, offset, payload, flags });
  }

  async flush(): Promise<void> {
    await this.must({ command: Command.flush });
  }

  async must(call: Call): Promise<Reply> {
    const reply = await this.call(call);
    if (reply.error !== 0)
      throw new Error(`NBD command ${call.command} at ${call.offset}: error ${reply.error}`);
    return reply;
  }

  /** Says goodbye and waits for the end of the connection. */
  async close(): Promise<void> {
    if (!this.socket.destroyed) {
      const header = Buffer.alloc(28);
      header.writeUInt32BE(REQUEST_MAGIC, 0);
      header.writeUInt16BE(Command.disconnect, 6);
      this.socket.end(header);
    }
    await this.closed;
  }

  destroy(): void {
    this.socket.destroy();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  private async readReplies(): Promise<void> {
    try {
      for (;;) await this.readReply();
    } catch (error) {
      for (const entry of this.pending.values())
        entry.reject(new Error('the connection ended', { cause: error }));
      this.pending.clear();
    }
  }

  private async readReply(): Promise<void> {
    const magic = (await this.reader.take(4)).readUInt32BE(0);
    if (magic === SIMPLE_REPLY_MAGIC) {
      const head = Buffer.from(await this.reader.take(12));
      const entry = this.entry(head.readBigUInt64BE(4));
      const error = head.readUInt32BE(0);
      const hasData = entry.call.command === Command.read && error === 0;
      const data = hasData ? Buffer.from(await this.reader.take(entry.call.length ?? 0)) : Buffer.alloc(0);
      this.finish(head.readBigUInt64BE(4), { error, data, chunks: [] });
      return;
    }
    if (magic !== CHUNK_MAGIC) throw new Error(`wrong reply magic ${magic.toString(16)}`);
    const head = Buffer.from(await this.reader.take(16));
    const cookie = head.readBigUInt64BE(4);
    const entry = this.entry(cookie);
    entry.chunks.push({
      type: head.readUInt16BE(2),
      payload: Buffer.from(await this.reader.take(head.readUInt32BE(12))),
    });
    if ((head.readUInt16BE(0) & ChunkFlag.done) === 0) return;
    this.finish(cookie, { error: chunkError(entry.chunks), data: assemble(entry), chunks: entry.chunks });
  }

  private entry(cookie: bigint): Pending {
    const entry = this.pending.get(cookie);
    if (entry === undefined) throw new Error(`a reply to nothing: ${cookie}`);
    return entry;
  }

  private finish(cookie: bigint, reply: Reply): void {
    const entry = this.entry(cookie);
    this.pending.delete(cookie);
    entry.resolve(reply);
  }
}

function chunkError(chunks: readonly Chunk[]): number {
  return chunks.find((chunk) => chunk.type >= 0x8000)?.payload.readUInt32BE(0) ?? 0;
}

function assemble({ call, chunks }: Pending): Buffer {
  if (call.command !== Command.read) return Buffer.alloc(0);
  const data = Buffer.alloc(call.length ?? 0, 0xee);
  for (const { type, payload } of chunks) {
    if (type >= 0x8000 || type === ChunkType.none) continue;
    const at = Number(payload.readBigUInt64BE(0)) - (call.offset ?? 0);
    if (type === ChunkType.offsetData) payload.copy(data, at, 8);
    else data.fill(0, at, at + payload.readUInt32BE(8));
  }
  return data;
}

/** Data of INFO and GO. */
export function infoData(name: string, wanted: readonly number[]): Buffer {
  const text = Buffer.from(name);
  const data = Buffer.alloc(6 + text.length + wanted.length * 2);
  data.writeUInt32BE(text.length, 0);
  text.copy(data, 4);
  data.writeUInt16BE(wanted.length, 4 + text.length);
  wanted.forEach((type, index) => data.writeUInt16BE(type, 6 + text.length + index * 2));
  return data;
}

/** Data of LIST_META_CONTEXT and SET_META_CONTEXT. */
export function contextData(name: string, queries: readonly string[]): Buffer {
  const strings = [name, ...queries].map((text) => {
    const bytes = Buffer.from(text);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(bytes.length, 0);
    return Buffer.concat([head, bytes]);
  });
  const count = Buffer.alloc(4);
  count.writeUInt32BE(queries.length, 0);
  return Buffer.concat([strings[0] ?? Buffer.alloc(4), count, ...strings.slice(1)]);
}
