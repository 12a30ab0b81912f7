/** How long new tokens live, in milliseconds. */
export class TokenLifetimes {
  constructor(
    readonly v3Ms: number,
    readonly apiMs: number,
  ) {}
}
