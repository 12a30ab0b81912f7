import { readFile } from 'node:fs/promises';
import type { HttpApp } from '@synnefo/api';
import { connect, type DataSource, ensureDatabase, migrate } from '@synnefo/database';
import { ConfigError, type Logger } from '@synnefo/runtime';
import { randomBytes } from 'node:crypto';
import { ComponentService } from './catalog/component.service.js';
import { ComponentEntity } from './catalog/catalog.entity.js';
import { ownServices } from './catalog/own-services.js';
import { RegisterServices } from './catalog/register-services.js';
import { type ComponentConfig, componentsSchema, type Config } from './config.js';
import { astakosDataSource } from './database.js';
import { createAstakosHttp } from './http.js';
import { RevocationNotice } from './token/revocation-notice.js';
import { TokenLifetimes } from './token/token-lifetimes.js';

const OWN = 'astakos';
const HOUR_MS = 3_600_000;

export interface StartedAstakos {
  readonly app: HttpApp;
  readonly url: string;
}

/** Connects to the database, making and migrating it when needed. */
export async function openDatabase(url: string, applicationName: string): Promise<DataSource> {
  await ensureDatabase(url);
  const dataSource = await connect(astakosDataSource(url, applicationName));
  await migrate(dataSource);
  return dataSource;
}

/** Makes the components be there, registers Astakos' own services, and serves. */
export async function startHttp(
  config: Config,
  dataSource: DataSource,
  bus: { publish(channel: string, message: unknown): Promise<void> } | null,
  logger: Logger,
): Promise<StartedAstakos> {
  await ensureComponents(config, dataSource);
  const app = await createAstakosHttp(
    {
      dataSource,
      baseUrl: config.ASTAKOS_BASE_URL,
      notice: new RevocationNotice(bus, logger),
      lifetimes: new TokenLifetimes(
        config.ASTAKOS_TOKEN_HOURS * HOUR_MS,
        config.ASTAKOS_API_TOKEN_HOURS * HOUR_MS,
      ),
    },
    logger,
  );
  const { url } = await app.listen(config.ASTAKOS_PORT, config.SYNNEFO_LISTEN_HOST);
  return { app, url };
}

async function ensureComponents(config: Config, dataSource: DataSource): Promise<void> {
  const components = new ComponentService(dataSource);
  const given = await readComponents(config.ASTAKOS_COMPONENTS_FILE);
  for (const { name, baseUrl, uiUrl, token } of given) {
    await components.ensure({ name, baseUrl, uiUrl: uiUrl ?? null, token });
  }
  const repository = dataSource.getRepository(ComponentEntity);
  if (!(await repository.existsBy({ name: OWN }))) {
    const uiUrl = `${config.ASTAKOS_BASE_URL}/ui`;
    const token = randomBytes(32).toString('base64url'); // nobody uses it
    await components.ensure({ name: OWN, baseUrl: config.ASTAKOS_BASE_URL, uiUrl, token });
  }
  const own = await repository.findOneByOrFail({ name: OWN });
  await new RegisterServices(dataSource).run(own, ownServices(config.ASTAKOS_BASE_URL));
}

async function readComponents(path: string | undefined): Promise<ComponentConfig[]> {
  if (path === undefined) return [];
  const parsed = componentsSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigError(`ASTAKOS_COMPONENTS_FILE ${path}:\n${mistakes.join('\n')}`);
}
