/** Something that is loaded when it is first asked for, once; asked again after a failure it tries again. */
export class Later<T> {
  /** Undefined as long as nobody asked, and after a failure. */
  loaded: Promise<T> | undefined;

  constructor(private readonly load: () => Promise<T>) {}

  get(): Promise<T> {
    this.loaded ??= this.load().catch((error: unknown) => {
      this.loaded = undefined;
      throw error;
    });
    return this.loaded;
  }
}
