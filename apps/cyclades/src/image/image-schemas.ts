/** The JSON Schemas that glanceclient and Tempest fetch (`/v2/schemas/…`). */

const text = { type: 'string' };
const nullableText = { type: ['null', 'string'] };
const nullableCount = { type: ['null', 'integer'] };
const time = { type: 'string', readOnly: true };

const imageProperties = {
  id: { type: 'string', readOnly: true },
  name: { type: ['null', 'string'], maxLength: 255 },
  status: { type: 'string', readOnly: true, enum: ['queued', 'saving', 'active', 'deactivated', 'error'] },
  visibility: { type: 'string', enum: ['public', 'shared', 'private'] },
  owner: nullableText,
  size: { ...nullableCount, readOnly: true },
  virtual_size: { ...nullableCount, readOnly: true },
  checksum: { ...nullableText, readOnly: true },
  os_hash_algo: { ...nullableText, readOnly: true },
  os_hash_value: { ...nullableText, readOnly: true },
  disk_format: { type: ['null', 'string'], enum: [null, 'raw', 'extdump', 'ntfsdump'] },
  container_format: { type: ['null', 'string'], enum: [null, 'bare', 'aki', 'ari', 'ami', 'ovf'] },
  min_disk: { type: 'integer' },
  min_ram: { type: 'integer' },
  protected: { type: 'boolean' },
  os_hidden: { type: 'boolean' },
  tags: { type: 'array', items: text },
  created_at: time,
  updated_at: time,
  self: time,
  file: time,
  schema: time,
};
const imageLinks = [
  { rel: 'self', href: '{self}' },
  { rel: 'enclosure', href: '{file}' },
  { rel: 'describedby', href: '{schema}' },
];
const image = { name: 'image', properties: imageProperties, additionalProperties: text, links: imageLinks };
const member = {
  name: 'member',
  properties: {
    image_id: text,
    member_id: text,
    status: { type: 'string', enum: ['pending', 'accepted', 'rejected'] },
    created_at: time,
    updated_at: time,
    schema: time,
  },
};
const pageLinks = [
  { rel: 'first', href: '{first}' },
  { rel: 'next', href: '{next}' },
  { rel: 'describedby', href: '{schema}' },
];

export const IMAGE_SCHEMAS: Readonly<Record<string, object>> = {
  image,
  images: {
    name: 'images',
    properties: { images: { type: 'array', items: image }, first: text, next: text, schema: text },
    links: pageLinks,
  },
  member,
  members: { name: 'members', properties: { members: { type: 'array', items: member }, schema: text } },
};
