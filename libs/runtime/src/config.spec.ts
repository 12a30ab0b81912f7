import { z } from 'zod';
import { ConfigError, loadConfig, secretFile } from './config.js';

const schema = z.object({ PORT: z.coerce.number().int(), URL: z.url(), SECRET_FILE: secretFile() });

describe('loadConfig', () => {
  it('lists every mistake', () => {
    expect(() => loadConfig(schema, { PORT: 'x', SECRET_FILE: '/nowhere' })).toThrow(ConfigError);
    expect(() => loadConfig(schema, { PORT: 'x', SECRET_FILE: '/nowhere' })).toThrow(
      /PORT[\s\S]*URL[\s\S]*\/nowhere/,
    );
  });

  it('gives a frozen value', () => {
    const config = loadConfig(z.object({ PORT: z.coerce.number() }), { PORT: '80' });
    expect(config).toEqual({ PORT: 80 });
    expect(Object.isFrozen(config)).toBe(true);
  });
});
