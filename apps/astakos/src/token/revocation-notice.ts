import { TOKEN_REVOKED_CHANNEL } from '@synnefo/auth';

interface Publisher {
  publish(channel: string, message: unknown): Promise<void>;
}

interface WarningLogger {
  warn(fields: object, message: string): void;
}

/** Tells services that remember tokens to forget some. A lost message costs at most the time they remember (30 s). */
export class RevocationNotice {
  constructor(
    private readonly bus: Publisher | null,
    private readonly logger: WarningLogger,
  ) {}

  /** @param hashes SHA-256 in hex */
  async publish(hashes: readonly string[]): Promise<void> {
    try {
      for (const hash of hashes) await this.bus?.publish(TOKEN_REVOKED_CHANNEL, { tokenHash: hash });
    } catch (error) {
      this.logger.warn(
        { err: error },
        'revoked tokens not told to the services, their caches end by themselves',
      );
    }
  }
}
