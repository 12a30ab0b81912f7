import { parseUsers } from './users.js';

describe('the users file', () => {
  it('holds clear and hashed passwords, with and without marks', () => {
    const users = parseUsers(
      '# comment\n\nsnf {HA1}A2D7 write\nmon\t{cleartext}look read\nold plain\nbroken\n',
    );
    expect([...users.keys()]).toEqual(['snf', 'mon', 'old']);
    expect(users.get('snf')).toEqual({ scheme: 'ha1', password: 'A2D7', rights: new Set(['write']) });
    expect(users.get('mon')).toEqual({ scheme: 'cleartext', password: 'look', rights: new Set(['read']) });
    expect(users.get('old')).toMatchObject({ password: 'plain' });
  });
});
