/** Debian packages that the demo image is made of and with. */
export const demoImagePackages = [
  'busybox-static',
  'syslinux',
  'syslinux-common',
  'mtools',
  'dosfstools',
  'e2fsprogs',
];
