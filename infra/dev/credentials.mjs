// What clients need to log in: clouds.yaml for all users, and one openrc file for each.
import { writePrivate } from './private-file.mjs';

/** The openrc files first: who waits for clouds.yaml may use everything. */
export function writeCredentials({ data, urls, logins }) {
  for (const login of logins) writePrivate(data.file(`openrc-${login.cloud}`), openrc(urls.auth, login));
  const clouds = logins.map((login) => cloudOf(urls.auth, login)).join('');
  writePrivate(data.file('clouds.yaml'), `clouds:\n${clouds}`);
}

const authOf = (authUrl, { email, password, project }) => ({
  auth_url: authUrl,
  username: email,
  password,
  project_name: project,
  user_domain_name: 'Default',
  project_domain_name: 'Default',
});

function cloudOf(authUrl, login) {
  const auth = Object.entries(authOf(authUrl, login)).map(
    ([name, value]) => `      ${name}: ${JSON.stringify(value)}\n`,
  );
  return `  ${login.cloud}:\n    auth_type: v3password\n    identity_api_version: "3"\n    auth:\n${auth.join('')}`;
}

function openrc(authUrl, login) {
  const settings = { auth_type: 'v3password', identity_api_version: '3', ...authOf(authUrl, login) };
  const lines = Object.entries(settings).map(
    ([name, value]) => `export OS_${name.toUpperCase()}='${value}'\n`,
  );
  return lines.join('');
}
