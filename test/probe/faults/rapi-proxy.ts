/**
 * Stands between Cyclades and the simulated cluster, which moves to another port: what goes through can be held back, answered late or not at all, or
 * with something else.
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type Cloud, freePort } from '@synnefo/testing';
import { giveSettings } from './settings.js';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface Exchange {
  /** Hands the request on. */
  forward(): Promise<Answer>;
  answer(answer: Answer): void;
  /** Breaks the connection off. */
  drop(): void;
}

/** What becomes of one request. */
export type Behaviour = (exchange: Exchange) => Promise<void>;

const asItIs: Behaviour = async (exchange) => exchange.answer(await exchange.forward());

export class RapiProxy {
  #behaviour = asItIs;

  private constructor(
    private readonly server: Server,
    private readonly port: number,
  ) {}

  static async open(cloud: Cloud): Promise<RapiProxy> {
    const port = await freePort();
    await giveSettings(cloud, 'ganeti-sim', { GANETI_SIM_PORT: String(port) });
    const server = createServer();
    const proxy = new RapiProxy(server, port);
    server.on('request', (incoming, outgoing) => void proxy.#handle(incoming, outgoing));
    await new Promise<void>((resolve) => server.listen(cloud.portBase + 4, '127.0.0.1', resolve));
    return proxy;
  }

  /** All requests that come in the next `ms` are treated so; those that are not over then are broken off. */
  async during(behaviour: Behaviour, ms: number): Promise<void> {
    this.#behaviour = behaviour;
    await delay(ms);
    this.#behaviour = asItIs;
    this.server.closeAllConnections();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const drop = () => void outgoing.destroy();
    try {
      const body = await bodyOf(incoming);
      await this.#behaviour({
        drop,
        forward: () => this.#forward(incoming, body),
        answer: ({ status, body: text }) =>
          void outgoing.writeHead(status, { 'content-type': 'application/json' }).end(text),
      });
    } catch {
      drop(); // the one side or the other is gone
    }
  }

  #forward({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const target = { host: '127.0.0.1', port: this.port, method, path: url, headers };
      const upstream = request(target, (reply) => {
        bodyOf(reply).then(
          (text) => resolve({ status: reply.statusCode ?? 502, body: text.toString() }),
          reject,
        );
      });
      upstream.once('error', reject);
      upstream.end(body);
    });
  }
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer); // a stream without encoding yields buffers
  return Buffer.concat(chunks);
}
