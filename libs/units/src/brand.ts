declare const brand: unique symbol;

/** `T` that does not mix with other brands of `T`: an id of a user is no id of a project. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

export type UserUuid = Brand<string, 'UserUuid'>;
export type ProjectUuid = Brand<string, 'ProjectUuid'>;
