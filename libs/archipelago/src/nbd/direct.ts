import type { BlockDevice } from '../block-device.js';
import type { ByteReader } from './byte-reader.js';
import type { Negotiated } from './handshake.js';
import type { InFlight } from './in-flight.js';
import { Command, CommandFlag } from './protocol.js';
import { MIN_HOLE_BYTES } from './read-pieces.js';
import {
  fillHoleReply,
  fillReadHead,
  fillSimpleReply,
  HOLE_REPLY_BYTES,
  readHeadBytes,
  SIMPLE_REPLY_BYTES,
} from './reply.js';
import type { ReplyWriter } from './reply-writer.js';
import type { Request } from './request.js';

/** Longer requests gain nothing here. */
const DIRECT_BYTES = 128 * 1024;

/**
 * Answers the plain reads and writes that the device can serve without waiting, without a promise and without a buffer of their own:
 * data go from the file into the buffer that is sent, or from the buffer that was received into the file.
 */
export class Direct {
  private readonly device: BlockDevice;

  constructor(
    private readonly agreed: Negotiated,
    private readonly streams: { readonly reader: ByteReader; readonly writer: ReplyWriter },
    private readonly inFlight: InFlight,
  ) {
    this.device = agreed.device;
  }

  /** A checked request. @returns false when nothing has been done, and none of its payload taken */
  tryServe(request: Request): boolean {
    if (request.length === 0 || request.length > DIRECT_BYTES) return false;
    if (request.command === Command.read) return this.tryRead(request);
    return request.command === Command.write && request.flags === 0 && this.tryWrite(request);
  }

  private tryRead(request: Request): boolean {
    const { offset, length } = request;
    if (this.device.readNow === undefined || !this.inFlight.tryEnter(length)) return false;
    const { structured } = this.agreed;
    const headBytes = readHeadBytes(structured);
    const reply = this.streams.writer.room(headBytes + length);
    const data = reply.subarray(headBytes);
    const found = this.device.readNow(offset, data);
    if (found === null) {
      this.inFlight.leave(length);
      return false;
    }
    const mayBeHole = structured && (request.flags & CommandFlag.df) === 0 && length >= MIN_HOLE_BYTES;
    if (found === 'zero' && mayBeHole) {
      fillHoleReply(reply, request);
      this.answer(HOLE_REPLY_BYTES, length);
      return true;
    }
    if (found === 'zero') data.fill(0);
    fillReadHead(reply, structured, request);
    this.answer(reply.length, length);
    return true;
  }

  private tryWrite({ cookie, offset, length }: Request): boolean {
    const { reader, writer } = this.streams;
    // Writes keep the kernel busy for longer than reads: where several wait, several threads do them.
    const isAlone = this.inFlight.isIdle && reader.buffered === length;
    if (this.device.writeNow === undefined || !isAlone) return false;
    const payload = reader.peek(length);
    if (payload === null || !this.inFlight.tryEnter(length)) return false;
    if (!this.device.writeNow(offset, payload)) {
      this.inFlight.leave(length);
      return false;
    }
    reader.drop(length);
    fillSimpleReply(writer.room(SIMPLE_REPLY_BYTES), cookie);
    this.answer(SIMPLE_REPLY_BYTES, length);
    return true;
  }

  private answer(replyBytes: number, heldBytes: number): void {
    this.streams.writer.sendShared(replyBytes, () => this.inFlight.leave(heldBytes));
  }
}
