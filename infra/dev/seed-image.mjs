// The demo image, brought in as any user would: uploaded through the Swift API, registered through the image API.
import { readFileSync } from 'node:fs';
import { findDemoImage } from '../images/demo/build.mjs';
import { call } from './http.mjs';
import { say } from './screen.mjs';

const CONTAINER = 'images';
const BOOTABLE = {
  name: 'synnefo-demo',
  description: 'Boots, greets on the serial console, notes each boot in /boots.txt',
};
const NOT_BOOTABLE = {
  name: 'demo-disk-not-bootable',
  description: 'A small disk without a system; npm start -- --install brings one that boots',
};
const SMALL_DISK_BYTES = 1024 * 1024;

/** Uploads and registers the image that this machine has, unless it is registered; everybody may use it. */
export async function seedImage({ urls, logins }) {
  const file = findDemoImage();
  const image = file === null ? NOT_BOOTABLE : BOOTABLE;
  const { token, project } = logins.find(({ cloud }) => cloud === 'demo-admin').session;
  const headers = { 'x-auth-token': token };
  const images = `${urls.cyclades}/image/v1.0/images`;
  const list = await call('listing the images', `${images}/detail`, { headers });
  const { images: registered } = await list.json();
  if (registered.some(({ name }) => name === image.name)) return;
  say(file === null ? 'adding a disk image that does not boot' : 'adding the demo image');
  const account = `${urls.swift}/AUTH_${project}`;
  await call('making the container of images', `${account}/${CONTAINER}`, { method: 'PUT', headers });
  const object = `${image.name}.raw`;
  await call('uploading the image', `${account}/${CONTAINER}/${object}`, {
    method: 'PUT',
    headers: { ...headers, 'content-type': 'application/octet-stream' },
    body: file === null ? smallDisk() : readFileSync(file),
    timeoutMs: 120_000,
  });
  await call('registering the image', `${images}/`, {
    method: 'POST',
    headers: { ...headers, ...metaOf(image, project, object) },
  });
}

function metaOf({ name, description }, project, object) {
  return {
    'x-image-meta-name': name,
    'x-image-meta-location': `pithos://${project}/${CONTAINER}/${object}`,
    'x-image-meta-is-public': 'true',
    'x-image-meta-disk-format': 'diskdump',
    'x-image-meta-container-format': 'bare',
    'x-image-meta-property-description': description,
    'x-image-meta-property-osfamily': 'linux',
    'x-image-meta-property-root-partition': '1',
  };
}

function smallDisk() {
  const disk = Buffer.alloc(SMALL_DISK_BYTES);
  disk.write('This disk does not boot; npm start -- --install brings an image that does.\n', 1024);
  return disk;
}
