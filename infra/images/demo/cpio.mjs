/**
 * An archive in cpio's "newc" format, which the kernel reads as initramfs: a header of ASCII hexadecimal fields, the name, the data, both padded
 * to four bytes. Source: Linux, Documentation/driver-api/early-userspace/buffer-format.rst
 * @param {{ name: string, mode: number, data?: Buffer }[]} entries folders before what is in them
 */
export function cpioArchive(entries) {
  const parts = entries.map((entry, i) => member({ ...entry, inode: i + 1 }));
  return Buffer.concat([...parts, member({ name: 'TRAILER!!!', mode: 0, inode: 0 })]);
}

function member({ name, mode, inode, data = Buffer.alloc(0) }) {
  const links = (mode & 0o170000) === 0o040000 ? 2 : 1;
  const nameBytes = Buffer.from(`${name}\0`);
  // inode, mode, uid, gid, links, mtime, size, device major/minor, special major/minor, name size, checksum
  const fields = [inode, mode, 0, 0, links, 0, data.length, 0, 0, 0, 0, nameBytes.length, 0];
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
  return Buffer.concat([padded(Buffer.concat([header, nameBytes])), padded(data)]);
}

const padded = (bytes) => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
