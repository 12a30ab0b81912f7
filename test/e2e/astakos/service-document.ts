import type { ServiceDocument } from '@synnefo/astakos-client';

const resource = (name: string, unit: string | null = null, isVisible = true) => ({
  name,
  desc: `what ${name} counts`,
  unit,
  service_type: 'compute',
  service_origin: 'cyclades_compute',
  ui_visible: isVisible,
  api_visible: isVisible,
});

/** A service-export document as Cyclades has it: both faces, a template, visible and hidden resources. */
export function serviceDocument(): ServiceDocument {
  const base = 'http://127.0.0.1:1/cyclades';
  return {
    cyclades_compute: {
      type: 'compute',
      component: 'cyclades',
      endpoints: [
        { publicURL: `${base}/compute/v2.0`, versionId: 'v2.0', face: 'v2' },
        { publicURL: `${base}/compute/v2.1`, versionId: 'v2.1', face: 'v3' },
      ],
      resources: {
        vm: resource('cyclades.vm'),
        ram: resource('cyclades.ram', 'bytes'),
        total_ram: resource('cyclades.total_ram', 'bytes', false),
      },
    },
    cyclades_volume: {
      type: 'volume',
      component: 'cyclades',
      endpoints: [{ publicURL: `${base}/volume`, versionId: 'v2.0', 'SNF:exposeVersion': false }],
    },
    cyclades_volumev3: {
      type: 'volumev3',
      component: 'cyclades',
      endpoints: [{ publicURL: `${base}/volume/v3/%(project_id)s`, versionId: 'v3', face: 'v3' }],
    },
    cyclades_vmapi: {
      type: 'vmapi',
      component: 'cyclades',
      endpoints: [{ publicURL: `${base}/vmapi/v1.0`, versionId: 'v1.0' }],
    },
  };
}
