/** What the creation of a server has to know about its image; `ImageService.getForServer` gives it. */
export interface ImageForServer {
  /** The uuid of the object in Pithos. */
  readonly id: string;
  readonly name: string;
  /** The Archipelago map that the root volume is cloned from. */
  readonly mapName: string;
  readonly sizeBytes: number;
  readonly isSnapshot: boolean;
  /** Properties of the image, names in lower case: osfamily, os, users, root_partition, … */
  readonly properties: Readonly<Record<string, string>>;
}
