import type { VolumeTypeEntity } from './volume-type.entity.js';

/** The Synnefo face (compute spec 1.9.2). */
export function volumeTypeView(type: VolumeTypeEntity) {
  return {
    id: type.id,
    name: type.name,
    deleted: type.isDeleted,
    'SNF:disk_template': type.diskTemplate,
    'SNF:detachable': false, // no call detaches a volume yet
  };
}

/** Block storage v3 (clients spec 4.13). */
export function volumeTypeV3View(type: VolumeTypeEntity) {
  return {
    id: type.uuid,
    name: type.name,
    description: null,
    is_public: true,
    'os-volume-type-access:is_public': true,
    extra_specs: {},
    qos_specs_id: null,
  };
}
