/**
 * Names of the three levels. A path is `account`, `account/container` or `account/container/object`; account and
 * container hold no `/`, an object's name may hold anything, so a path can be taken apart again without doubt.
 */
export interface ContainerPath {
  readonly account: string;
  readonly container: string;
}

export interface ObjectPath extends ContainerPath {
  readonly object: string;
}

export function containerKey(path: ContainerPath): string {
  return `${path.account}/${path.container}`;
}

export function objectKey(path: ObjectPath): string {
  return `${path.account}/${path.container}/${path.object}`;
}

export function parseObjectKey(key: string): ObjectPath {
  const first = key.indexOf('/');
  const second = key.indexOf('/', first + 1);
  return {
    account: key.slice(0, first),
    container: key.slice(first + 1, second),
    object: key.slice(second + 1),
  };
}
