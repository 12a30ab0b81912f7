export const CALLERS = ['nobody', 'wrong', 'other', 'admin', 'owner'] as const;
export type Caller = (typeof CALLERS)[number];

export interface AccessLine {
  /** Verb and pattern, as declared. */
  readonly route: string;
  readonly method: string;
  /** What is asked; `{server}` is the owner's server, and so on. */
  readonly url: string;
  readonly body?: object;
  /** A caller without a status is not asked: it would change what the next line looks at. */
  readonly expected: Partial<Record<Caller, number>>;
}

/** Statuses of: nobody, a wrong token, another user, an operator, the owner; `-`: not asked. */
const TABLE = `
  GET    compute                                                      200 200 200 200 200
  GET    compute/v2.0                                                 200 200 200 200 200
  GET    compute/v2.0/flavors                                         401 401 200 200 200
  GET    compute/v2.0/flavors/:id                                     401 401 200 200 200
  GET    compute/v2.0/flavors/:id/os-extra_specs                      401 401 200 200 200
  GET    compute/v2.0/flavors/detail                                  401 401 200 200 200
  GET    compute/v2.0/images                                          401 401 200 200 200
  POST   compute/v2.0/images                                          401 401 501 - -
  DELETE compute/v2.0/images/:id                                      401 401 404 - -
  GET    compute/v2.0/images/:id                                      401 401 404 404 200
  GET    compute/v2.0/images/:id/metadata                             401 401 404 404 200
  POST   compute/v2.0/images/:id/metadata                             401 401 404 - -
  DELETE compute/v2.0/images/:id/metadata/:key                        401 401 404 - -
  GET    compute/v2.0/images/:id/metadata/:key                        401 401 404 404 404
  PUT    compute/v2.0/images/:id/metadata/:key                        401 401 404 - -
  GET    compute/v2.0/images/detail                                   401 401 200 200 200
  GET    compute/v2.0/servers                                         401 401 200 200 200
  POST   compute/v2.0/servers                                         401 401 400 - -
  DELETE compute/v2.0/servers/:id                                     401 401 404 - -
  GET    compute/v2.0/servers/:id                                     401 401 404 404 200
  PUT    compute/v2.0/servers/:id                                     401 401 404 - -
  POST   compute/v2.0/servers/:id/action                              401 401 404 - -
  GET    compute/v2.0/servers/:id/metadata                            401 401 404 404 200
  POST   compute/v2.0/servers/:id/metadata                            401 401 404 - -
  DELETE compute/v2.0/servers/:id/metadata/:key                       401 401 404 - -
  GET    compute/v2.0/servers/:id/metadata/:key                       401 401 404 404 404
  PUT    compute/v2.0/servers/:id/metadata/:key                       401 401 404 - -
  GET    compute/v2.0/servers/detail                                  401 401 200 200 200
  GET    compute/v2.1                                                 200 200 200 200 200
  GET    compute/v2.1/extensions                                      401 401 200 200 200
  GET    compute/v2.1/flavors                                         401 401 200 200 200
  GET    compute/v2.1/flavors/:id                                     401 401 200 200 200
  GET    compute/v2.1/flavors/:id/os-extra_specs                      401 401 200 200 200
  GET    compute/v2.1/flavors/detail                                  401 401 200 200 200
  GET    compute/v2.1/images                                          401 401 200 200 200
  DELETE compute/v2.1/images/:id                                      401 401 404 - -
  GET    compute/v2.1/images/:id                                      401 401 404 404 200
  GET    compute/v2.1/images/detail                                   401 401 200 200 200
  GET    compute/v2.1/limits                                          401 401 200 200 200
  GET    compute/v2.1/os-aggregates                                   401 401 403 403 403
  GET    compute/v2.1/os-availability-zone                            401 401 200 200 200
  GET    compute/v2.1/os-availability-zone/detail                     401 401 403 403 403
  GET    compute/v2.1/os-hypervisors                                  401 401 403 403 403
  GET    compute/v2.1/os-hypervisors/detail                           401 401 403 403 403
  GET    compute/v2.1/os-keypairs                                     401 401 200 200 200
  GET    compute/v2.1/os-keypairs/:name                               401 401 404 404 404
  GET    compute/v2.1/os-migrations                                   401 401 403 403 403
  GET    compute/v2.1/os-quota-sets/:project                          401 401 403 403 200
  GET    compute/v2.1/os-quota-sets/:project/defaults                 401 401 403 403 200
  GET    compute/v2.1/os-quota-sets/:project/detail                   401 401 403 403 200
  GET    compute/v2.1/os-server-groups                                401 401 200 200 200
  GET    compute/v2.1/os-services                                     401 401 403 403 403
  GET    compute/v2.1/servers                                         401 401 200 200 200
  POST   compute/v2.1/servers                                         401 401 400 - -
  DELETE compute/v2.1/servers/:id                                     401 401 404 - -
  GET    compute/v2.1/servers/:id                                     401 401 404 404 200
  PUT    compute/v2.1/servers/:id                                     401 401 404 - -
  POST   compute/v2.1/servers/:id/action                              401 401 404 - -
  GET    compute/v2.1/servers/:id/ips                                 401 401 404 404 200
  GET    compute/v2.1/servers/:id/metadata                            401 401 404 404 200
  POST   compute/v2.1/servers/:id/metadata                            401 401 404 - -
  PUT    compute/v2.1/servers/:id/metadata                            401 401 404 - -
  DELETE compute/v2.1/servers/:id/metadata/:key                       401 401 404 - -
  GET    compute/v2.1/servers/:id/metadata/:key                       401 401 404 404 404
  PUT    compute/v2.1/servers/:id/metadata/:key                       401 401 404 - -
  GET    compute/v2.1/servers/:id/os-instance-actions                 401 401 404 404 200
  GET    compute/v2.1/servers/:id/os-interface                        401 401 404 404 200
  POST   compute/v2.1/servers/:id/os-interface                        401 401 404 - 501
  DELETE compute/v2.1/servers/:id/os-interface/:port                  401 401 404 - 404
  GET    compute/v2.1/servers/:id/os-interface/:port                  401 401 404 404 404
  GET    compute/v2.1/servers/:id/os-security-groups                  401 401 404 404 200
  GET    compute/v2.1/servers/:id/os-volume_attachments               401 401 404 404 200
  GET    compute/v2.1/servers/detail                                  401 401 200 200 200
  POST   ganeti/v1/clusters/:cluster/messages                         401 401 401 401 401
  GET    healthcheck                                                  200 200 200 200 200
  GET    image                                                        300 300 300 300 300
  GET    image/v1/images                                              401 401 200 200 200
  POST   image/v1/images                                              401 401 400 - -
  DELETE image/v1/images/:id                                          401 401 404 - -
  GET    image/v1/images/:id                                          401 401 501 501 501
  HEAD   image/v1/images/:id                                          401 401 404 404 200
  PUT    image/v1/images/:id                                          401 401 404 - -
  GET    image/v1/images/:id/members                                  401 401 404 404 200
  PUT    image/v1/images/:id/members                                  401 401 404 - -
  DELETE image/v1/images/:id/members/:user                            401 401 404 - -
  PUT    image/v1/images/:id/members/:user                            401 401 404 - -
  GET    image/v1/images/detail                                       401 401 200 200 200
  GET    image/v1/shared-images/:user                                 401 401 200 200 200
  GET    image/v1.0/images                                            401 401 200 200 200
  POST   image/v1.0/images                                            401 401 400 - -
  DELETE image/v1.0/images/:id                                        401 401 404 - -
  GET    image/v1.0/images/:id                                        401 401 501 501 501
  HEAD   image/v1.0/images/:id                                        401 401 404 404 200
  PUT    image/v1.0/images/:id                                        401 401 404 - -
  GET    image/v1.0/images/:id/members                                401 401 404 404 200
  PUT    image/v1.0/images/:id/members                                401 401 404 - -
  DELETE image/v1.0/images/:id/members/:user                          401 401 404 - -
  PUT    image/v1.0/images/:id/members/:user                          401 401 404 - -
  GET    image/v1.0/images/detail                                     401 401 200 200 200
  GET    image/v1.0/shared-images/:user                               401 401 200 200 200
  GET    image/v2/images                                              401 401 200 200 200
  POST   image/v2/images                                              401 401 201 - -
  DELETE image/v2/images/:id                                          401 401 404 - -
  GET    image/v2/images/:id                                          401 401 404 404 200
  PATCH  image/v2/images/:id                                          401 401 400 - -
  POST   image/v2/images/:id/actions/:action                          401 401 400 - -
  GET    image/v2/images/:id/file                                     401 401 404 404 200
  PUT    image/v2/images/:id/file                                     401 401 404 - -
  GET    image/v2/images/:id/members                                  401 401 404 404 200
  POST   image/v2/images/:id/members                                  401 401 404 - -
  DELETE image/v2/images/:id/members/:member                          401 401 404 - -
  GET    image/v2/images/:id/members/:member                          401 401 404 404 404
  PUT    image/v2/images/:id/members/:member                          401 401 404 - -
  DELETE image/v2/images/:id/tags/:tag                                401 401 404 - -
  PUT    image/v2/images/:id/tags/:tag                                401 401 404 - -
  GET    image/v2/info/import                                         401 401 200 200 200
  GET    image/v2/info/stores                                         401 401 200 200 200
  GET    image/v2/schemas/:name                                       401 401 404 404 404
  GET    image/versions                                               200 200 200 200 200
  GET    network                                                      200 200 200 200 200
  GET    network/v2.0                                                 200 200 200 200 200
  GET    network/v2.0/networks                                        401 401 200 200 200
  POST   network/v2.0/networks                                        401 401 400 - -
  DELETE network/v2.0/networks/:id                                    401 401 404 - -
  GET    network/v2.0/networks/:id                                    401 401 404 200 200
  PUT    network/v2.0/networks/:id                                    401 401 404 - -
  GET    network/v2.0/networks/detail                                 401 401 200 200 200
  GET    network/v2.0/ports                                           401 401 200 200 200
  POST   network/v2.0/ports                                           401 401 400 - -
  DELETE network/v2.0/ports/:id                                       401 401 404 - -
  GET    network/v2.0/ports/:id                                       401 401 404 200 200
  PUT    network/v2.0/ports/:id                                       401 401 404 - -
  GET    network/v2.0/ports/detail                                    401 401 200 200 200
  GET    network/v2.0/subnets                                         401 401 200 200 200
  POST   network/v2.0/subnets                                         401 401 400 - -
  DELETE network/v2.0/subnets/:id                                     401 401 400 - -
  GET    network/v2.0/subnets/:id                                     401 401 404 200 200
  PUT    network/v2.0/subnets/:id                                     401 401 404 - -
  GET    network/v2.0/subnets/detail                                  401 401 200 200 200
  GET    networking                                                   200 200 200 200 200
  GET    networking/v2.0                                              200 200 200 200 200
  GET    networking/v2.0/availability_zones                           401 401 200 200 200
  GET    networking/v2.0/extensions                                   401 401 200 200 200
  GET    networking/v2.0/extensions/:alias                            401 401 404 404 404
  GET    networking/v2.0/floatingips                                  401 401 200 200 200
  GET    networking/v2.0/networks                                     401 401 200 200 200
  POST   networking/v2.0/networks                                     401 401 400 - -
  DELETE networking/v2.0/networks/:id                                 401 401 404 - -
  GET    networking/v2.0/networks/:id                                 401 401 404 200 200
  PUT    networking/v2.0/networks/:id                                 401 401 404 - -
  GET    networking/v2.0/ports                                        401 401 200 200 200
  POST   networking/v2.0/ports                                        401 401 400 - -
  DELETE networking/v2.0/ports/:id                                    401 401 404 - -
  GET    networking/v2.0/ports/:id                                    401 401 404 200 200
  PUT    networking/v2.0/ports/:id                                    401 401 404 - -
  GET    networking/v2.0/routers                                      401 401 200 200 200
  GET    networking/v2.0/security-group-rules                         401 401 200 200 200
  GET    networking/v2.0/security-groups                              401 401 200 200 200
  GET    networking/v2.0/subnetpools                                  401 401 200 200 200
  GET    networking/v2.0/subnets                                      401 401 200 200 200
  POST   networking/v2.0/subnets                                      401 401 400 - -
  DELETE networking/v2.0/subnets/:id                                  401 401 404 - -
  GET    networking/v2.0/subnets/:id                                  401 401 404 200 200
  PUT    networking/v2.0/subnets/:id                                  401 401 404 - -
  GET    volume                                                       300 300 300 300 300
  GET    volume/v2/snapshots                                          401 401 200 200 200
  POST   volume/v2/snapshots                                          401 401 400 - -
  DELETE volume/v2/snapshots/:id                                      401 401 404 - -
  GET    volume/v2/snapshots/:id                                      401 401 404 404 200
  PUT    volume/v2/snapshots/:id                                      401 401 404 - -
  GET    volume/v2/snapshots/:id/metadata                             401 401 404 404 200
  GET    volume/v2/snapshots/detail                                   401 401 200 200 200
  GET    volume/v2/types                                              401 401 200 200 200
  GET    volume/v2/types/:id                                          401 401 200 200 200
  GET    volume/v2/volumes                                            401 401 200 200 200
  POST   volume/v2/volumes                                            401 401 501 - -
  DELETE volume/v2/volumes/:id                                        401 401 404 - -
  GET    volume/v2/volumes/:id                                        401 401 404 200 200
  PUT    volume/v2/volumes/:id                                        401 401 404 - -
  GET    volume/v2/volumes/:id/metadata                               401 401 404 200 200
  GET    volume/v2/volumes/:id/metadata/:key                          401 401 404 404 404
  GET    volume/v2/volumes/detail                                     401 401 200 200 200
  GET    volume/v2.0/snapshots                                        401 401 200 200 200
  POST   volume/v2.0/snapshots                                        401 401 400 - -
  DELETE volume/v2.0/snapshots/:id                                    401 401 404 - -
  GET    volume/v2.0/snapshots/:id                                    401 401 404 404 200
  PUT    volume/v2.0/snapshots/:id                                    401 401 404 - -
  GET    volume/v2.0/snapshots/:id/metadata                           401 401 404 404 200
  GET    volume/v2.0/snapshots/detail                                 401 401 200 200 200
  GET    volume/v2.0/types                                            401 401 200 200 200
  GET    volume/v2.0/types/:id                                        401 401 200 200 200
  GET    volume/v2.0/volumes                                          401 401 200 200 200
  POST   volume/v2.0/volumes                                          401 401 501 - -
  DELETE volume/v2.0/volumes/:id                                      401 401 404 - -
  GET    volume/v2.0/volumes/:id                                      401 401 404 200 200
  PUT    volume/v2.0/volumes/:id                                      401 401 404 - -
  GET    volume/v2.0/volumes/:id/metadata                             401 401 404 200 200
  GET    volume/v2.0/volumes/:id/metadata/:key                        401 401 404 404 404
  GET    volume/v2.0/volumes/detail                                   401 401 200 200 200
  GET    volume/v3                                                    200 200 200 200 200
  GET    volume/v3/:project/backups                                   401 401 404 200 200
  GET    volume/v3/:project/backups/detail                            401 401 404 200 200
  GET    volume/v3/:project/extensions                                401 401 404 200 200
  GET    volume/v3/:project/group_types                               401 401 404 200 200
  GET    volume/v3/:project/os-availability-zone                      401 401 404 200 200
  GET    volume/v3/:project/snapshots                                 401 401 404 200 200
  POST   volume/v3/:project/snapshots                                 401 401 404 - -
  DELETE volume/v3/:project/snapshots/:id                             401 401 404 - -
  GET    volume/v3/:project/snapshots/:id                             401 401 404 404 200
  PUT    volume/v3/:project/snapshots/:id                             401 401 404 - -
  GET    volume/v3/:project/snapshots/:id/metadata                    401 401 404 404 200
  GET    volume/v3/:project/snapshots/detail                          401 401 404 200 200
  GET    volume/v3/:project/types                                     401 401 404 200 200
  GET    volume/v3/:project/types/:id                                 401 401 404 200 200
  GET    volume/v3/:project/types/:id/extra_specs                     401 401 404 200 200
  GET    volume/v3/:project/types/default                             401 401 404 200 200
  GET    volume/v3/:project/volumes                                   401 401 404 200 200
  POST   volume/v3/:project/volumes                                   401 401 404 - -
  DELETE volume/v3/:project/volumes/:id                               401 401 404 - -
  GET    volume/v3/:project/volumes/:id                               401 401 404 200 200
  PUT    volume/v3/:project/volumes/:id                               401 401 404 - -
  GET    volume/v3/:project/volumes/:id/metadata                      401 401 404 200 200
  GET    volume/v3/:project/volumes/detail                            401 401 404 200 200
  GET    volume/v3/:project/volumes/summary                           401 401 404 200 200
  GET    volume/v3/os-availability-zone                               401 401 200 200 200
  GET    volume/v3/snapshots                                          401 401 200 200 200
  POST   volume/v3/snapshots                                          401 401 400 - -
  DELETE volume/v3/snapshots/:id                                      401 401 404 - -
  GET    volume/v3/snapshots/:id                                      401 401 404 404 200
  PUT    volume/v3/snapshots/:id                                      401 401 404 - -
  GET    volume/v3/snapshots/:id/metadata                             401 401 404 404 200
  GET    volume/v3/snapshots/detail                                   401 401 200 200 200
  GET    volume/v3/types                                              401 401 200 200 200
  GET    volume/v3/types/:id                                          401 401 200 200 200
  GET    volume/v3/types/:id/extra_specs                              401 401 200 200 200
  GET    volume/v3/types/default                                      401 401 200 200 200
  GET    volume/v3/volumes                                            401 401 200 200 200
  POST   volume/v3/volumes                                            401 401 501 - -
  DELETE volume/v3/volumes/:id                                        401 401 404 - -
  GET    volume/v3/volumes/:id                                        401 401 404 200 200
  PUT    volume/v3/volumes/:id                                        401 401 404 - -
  GET    volume/v3/volumes/:id/metadata                               401 401 404 200 200
  GET    volume/v3/volumes/detail                                     401 401 200 200 200
  GET    volume/v3/volumes/summary                                    401 401 200 200 200
  GET    networking/v2.0/quotas/:project                              401 401 403 403 200
  GET    networking/v2.0/quotas/:project/default                      401 401 403 403 200
  GET    networking/v2.0/quotas/:project/default.json                 401 401 403 403 200
  GET    networking/v2.0/quotas/:project/details                      401 401 403 403 200
  GET    networking/v2.0/quotas/:project/details.json                 401 401 403 403 200
  GET    volume/v3/:project/os-quota-sets/:target                     401 401 404 403 200
  GET    volume/v3/:project/os-quota-sets/:target/defaults            401 401 404 403 200
  GET    volume/v3/os-quota-sets/:target                              401 401 403 403 200
  GET    volume/v3/os-quota-sets/:target/defaults                     401 401 403 403 200
  GET    volume/v3/:project/limits                                    401 401 404 200 200
  GET    volume/v3/limits                                             401 401 200 200 200
`;

/** What stands for `:id` below each collection. */
const IDS: Readonly<Record<string, string>> = {
  servers: 'server',
  images: 'image',
  networks: 'network',
  subnets: 'subnet',
  ports: 'port',
  volumes: 'volume',
  snapshots: 'snapshot',
  flavors: 'flavor',
  types: 'type',
};

/** Bodies that get past validation, so that the answer is about the object. */
const BODIES: readonly (readonly [RegExp, object])[] = [
  [/^POST .*servers\/:id\/action$/, { 'os-stop': null }],
  [/^(POST|PUT) .*servers\/:id\/metadata$/, { metadata: { key: 'x' } }],
  [/^POST .*images\/:id\/metadata$/, { metadata: { key: 'x' } }],
  [/^PUT .*v2\.1\/.*metadata\/:key$/, { meta: { key: 'x' } }],
  [/^PUT .*metadata\/:key$/, { meta: { key: 'x' } }],
  [/^PUT .*servers\/:id$/, { server: { name: 'x' } }],
  [/^PUT .*networks\/:id$/, { network: { name: 'x' } }],
  [/^PUT .*subnets\/:id$/, { subnet: { name: 'x' } }],
  [/^PUT .*ports\/:id$/, { port: { name: 'x' } }],
  [/^PUT .*volumes\/:id$/, { volume: { display_name: 'x', name: 'x' } }],
  [/^PUT .*snapshots\/:id$/, { snapshot: { display_name: 'x', name: 'x' } }],
  [/^PUT .*images\/:id\/members\/:member$/, { status: 'accepted' }],
  [/^POST .*images\/:id\/members$/, { member: '11111111-2222-3333-4444-555555555555' }],
  [/^PUT .*images\/:id\/members$/, { memberships: [] }],
  [/^(POST|PATCH) /, {}],
];

export const routes: readonly AccessLine[] = TABLE.trim().split('\n').map(parse);

function parse(line: string): AccessLine {
  const [method = '', path = '', ...statuses] = line.trim().split(/\s+/);
  const route = `${method} ${path}`;
  const body = BODIES.find(([pattern]) => pattern.test(route))?.[1];
  const expected = Object.fromEntries(
    CALLERS.flatMap((who, index) => {
      const status = Number(statuses[index] ?? NaN);
      return Number.isNaN(status) ? [] : [[who, status]];
    }),
  );
  return { route, method, url: urlOf(path), ...(body === undefined ? {} : { body }), expected };
}

function urlOf(path: string): string {
  const url = path.replace(
    /(\w+)\/:id/,
    (_, collection: string) => `${collection}/{${IDS[collection] ?? ''}}`,
  );
  return url.replace(/:(\w+)/g, '{$1}').replace(/^healthcheck$/, '../healthcheck');
}
