import { Controller, Get, Module } from '@nestjs/common';
import { Access, createHttpApp, type HttpApp } from '@synnefo/api';
import { createLogger } from '@synnefo/runtime';
import type { ProjectUuid, UserUuid } from '@synnefo/units';
import { AuthModule } from './auth.module.js';
import { CurrentPrincipal } from './current-principal.js';
import type { Principal } from './principal.js';

const principal = (isAdmin: boolean): Principal => ({
  userUuid: 'u1' as UserUuid,
  userName: 'a@synnefo.test',
  displayName: 'A',
  projectId: 'u1' as ProjectUuid,
  projectIds: ['u1' as ProjectUuid],
  roles: [],
  isAdmin,
  tokenExpiresAt: new Date(),
});

@Controller()
class TestController {
  @Access('public')
  @Get('public')
  public(): string {
    return 'ok';
  }

  @Access('token')
  @Get('token')
  token(@CurrentPrincipal() caller: Principal): string {
    return caller.userName;
  }

  @Access('admin')
  @Get('admin')
  admin(): string {
    return 'ok';
  }

  @Access('component')
  @Get('component')
  component(): string {
    return 'ok';
  }

  @Access('internal')
  @Get('internal')
  internal(): string {
    return 'ok';
  }
}

@Module({
  imports: [
    AuthModule.forRoot({
      verifier: {
        verify: (token) =>
          Promise.resolve(token === 'user' ? principal(false) : token === 'admin' ? principal(true) : null),
      },
      isInternal: (request) => Promise.resolve(request.headers.authorization === 'Bearer s'),
      loginUrl: 'http://id/v3',
    }),
  ],
  controllers: [TestController],
})
class TestModule {}

describe('AccessGuard', () => {
  let app: HttpApp;
  let url: string;

  beforeAll(async () => {
    app = await createHttpApp(TestModule, {
      logger: createLogger('test', 'silent'),
      faultFormat: () => 'openstack',
    });
    ({ url } = await app.listen(0));
  });

  afterAll(() => app.close());

  it.each([
    ['public', undefined, 200],
    ['token', undefined, 401],
    ['token', 'wrong', 401],
    ['token', 'x'.repeat(5000), 401],
    ['token', 'user', 200],
    ['admin', 'user', 403],
    ['admin', 'admin', 200],
    ['component', 'admin', 401],
    ['internal', 'admin', 401],
  ])('%s with token %s: %i', async (path, token, status) => {
    const reply = await fetch(`${url}/${path}`, {
      headers: token === undefined ? {} : { 'x-auth-token': token },
    });
    expect(reply.status).toBe(status);
    if (status === 401) expect(reply.headers.get('www-authenticate')).toBe('Keystone uri="http://id/v3"');
  });

  it('lets internal calls with the secret in', async () => {
    expect((await fetch(`${url}/internal`, { headers: { authorization: 'Bearer s' } })).status).toBe(200);
  });
});
