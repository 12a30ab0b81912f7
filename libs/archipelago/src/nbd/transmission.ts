/**
 * The transmission phase: requests in, replies out, many at once and in any order.
 *
 * Guarantees: a reply is sent after the device has done what was asked (with FUA: and made it durable), and at most once; a refused request
 * leaves the stream in step (the payload of a refused WRITE is consumed); a read is answered whole or as an error. What a connection may have
 * under way is bounded; beyond it the socket is not read. Called once per connection, after the handshake.
 */
import type { ByteReader } from './byte-reader.js';
import type { Negotiated } from './handshake.js';
import { Direct } from './direct.js';
import { InFlight } from './in-flight.js';
import { Command, CommandFlag, NbdError, NbdProtocolError, REQUEST_BYTES } from './protocol.js';
import { readPieces } from './read-pieces.js';
import { blockStatusChunks, errorChunk, readChunks, simpleReply } from './reply.js';
import type { ReplyWriter } from './reply-writer.js';
import { errorNumber, parseRequest, refusal, type Request } from './request.js';

export interface TransmissionLimits {
  /** Largest payload of READ and WRITE, bytes. */
  readonly maxPayloadBytes: number;
  readonly maxRequests: number;
  readonly maxInFlightBytes: number;
}

/**
 * What becomes of requests that come while the server stops. `refuse`: ESHUTDOWN, which a hypervisor hands to its guest as an I/O error: for
 * an export that goes away. `drop`: no answer; a hypervisor with reconnect-delay sends them again to the next server: for a restart.
 */
export type NewRequests = 'refuse' | 'drop';

export class Transmission {
  private readonly inFlight: InFlight;
  private readonly direct: Direct;
  private stopping: NewRequests | null = null;

  constructor(
    private readonly reader: ByteReader,
    private readonly writer: ReplyWriter,
    private readonly agreed: Negotiated,
    private readonly options: {
      readonly limits: TransmissionLimits;
      readonly onError: (error: unknown, command: number) => void;
    },
  ) {
    this.inFlight = new InFlight(options.limits.maxRequests, options.limits.maxInFlightBytes);
    this.direct = new Direct(agreed, { reader, writer }, this.inFlight);
  }

  /** Serves until the client leaves, and then until what it asked for is done. @throws EndOfStream, NbdProtocolError */
  async run(): Promise<void> {
    try {
      for (;;) {
        const header = this.reader.tryTake(REQUEST_BYTES) ?? (await this.reader.take(REQUEST_BYTES));
        const request = parseRequest(header);
        if (request.command === Command.disconnect) return;
        if (this.stopping === 'drop') return;
        const error = this.refusalOf(request);
        if (error !== 0) await this.refuse(request, error);
        else if (!this.direct.tryServe(request)) await this.accept(request);
      }
    } finally {
      await this.inFlight.idle();
    }
  }

  /** @returns when the requests under way are answered */
  async stop(newRequests: NewRequests): Promise<void> {
    this.stopping = newRequests;
    await this.inFlight.idle();
  }

  private refusalOf(request: Request): number {
    const { device, contexts } = this.agreed;
    if (this.stopping !== null) return NbdError.shutdown;
    return refusal(request, {
      sizeBytes: device.sizeBytes,
      readOnly: device.readOnly,
      maxPayloadBytes: this.options.limits.maxPayloadBytes,
      hasContexts: contexts.length > 0,
    });
  }

  private async accept(request: Request): Promise<void> {
    const payloadBytes = payloadBytesOf(request);
    const heldBytes = request.command === Command.read ? request.length : payloadBytes;
    const wait = this.inFlight.enter(heldBytes);
    if (wait !== null) await wait;
    let payload: Buffer | null = null;
    try {
      payload =
        payloadBytes === 0
          ? Buffer.alloc(0)
          : (this.reader.tryTake(payloadBytes) ?? (await this.receive(payloadBytes)));
    } finally {
      if (payload === null) this.inFlight.leave(heldBytes);
    }
    void this.serve(request, payload).finally(() => this.inFlight.leave(heldBytes));
  }

  private async receive(length: number): Promise<Buffer> {
    const payload = Buffer.allocUnsafe(length);
    await this.reader.fill(payload);
    return payload;
  }

  private async refuse(request: Request, error: number): Promise<void> {
    const payloadBytes = payloadBytesOf(request);
    if (payloadBytes > 2 * this.options.limits.maxPayloadBytes)
      throw new NbdProtocolError(`a payload of ${payloadBytes} bytes`);
    await this.reader.skip(payloadBytes);
    const wait = this.inFlight.enter(0);
    if (wait !== null) await wait;
    void this.sendError(request, error, 'refused').finally(() => this.inFlight.leave(0));
  }

  private async serve(request: Request, payload: Buffer): Promise<void> {
    let parts: Buffer[];
    try {
      parts = await this.perform(request, payload);
    } catch (error) {
      this.options.onError(error, request.command);
      await this.sendError(
        request,
        errorNumber(error),
        error instanceof Error ? error.message : String(error),
      );
      return;
    }
    await this.writer.send(parts);
  }

  /** Does what is asked. @returns the reply */
  private async perform(request: Request, payload: Buffer): Promise<Buffer[]> {
    const { device, structured, contexts } = this.agreed;
    const { cookie, offset, length } = request;
    const options = { fua: (request.flags & CommandFlag.fua) !== 0 };
    switch (request.command) {
      case Command.read:
        return structured
          ? this.structuredRead(request)
          : [simpleReply(cookie, 0), await device.read(offset, length)];
      case Command.write:
        await device.write(offset, payload, options);
        break;
      case Command.trim:
        await device.trim(offset, length, options);
        break;
      case Command.writeZeroes:
        return this.writeZeroes(request);
      case Command.blockStatus:
        return blockStatusChunks(
          cookie,
          contexts,
          await device.extents(offset, length),
          (request.flags & CommandFlag.reqOne) !== 0,
        );
      default:
        await device.flush();
    }
    return [simpleReply(cookie, 0)];
  }

  private async writeZeroes({ cookie, offset, length, flags }: Request): Promise<Buffer[]> {
    const { device } = this.agreed;
    const noHole = (flags & CommandFlag.noHole) !== 0;
    if ((flags & CommandFlag.fastZero) !== 0) {
      // Fast is what takes no writing of zeros: here, a range that is all zero blocks already.
      const isFast =
        !noHole && (await device.extents(offset, length)).every((extent) => extent.state === 'zero');
      if (!isFast) return [simpleReply(cookie, NbdError.notSupported)];
    }
    await device.writeZeroes(offset, length, { fua: (flags & CommandFlag.fua) !== 0, noHole });
    return [simpleReply(cookie, 0)];
  }

  private async structuredRead({ cookie, offset, length, flags }: Request): Promise<Buffer[]> {
    const isWhole = (flags & CommandFlag.df) !== 0 && length > 0;
    const { device } = this.agreed;
    return readChunks(
      cookie,
      isWhole
        ? [{ offset, data: await device.read(offset, length) }]
        : await readPieces(device, offset, length),
    );
  }

  private sendError({ command, cookie }: Request, error: number, message: string): Promise<void> {
    // With structured replies a READ is answered with chunks also when it fails; other commands may have simple replies.
    const isChunk = this.agreed.structured && (command === Command.read || command === Command.blockStatus);
    return this.writer.send([isChunk ? errorChunk(cookie, error, message) : simpleReply(cookie, error)]);
  }
}

function payloadBytesOf({ command, length }: Request): number {
  return command === Command.write ? length : 0;
}
